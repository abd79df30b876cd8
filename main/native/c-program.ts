import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { systemReason } from '#shared/system-reason.ts';
import { userCacheFolder } from '../user-cache.ts';

/** A C program or library that is built at first use; app/setup/c-programs.mjs builds with the same flags. */
export interface CProgram {
  /** Name of its folder: below native/ beside the bundles, and in the cache. */
  readonly folder: string;
  /** Folder of the source in a checkout. */
  readonly home: string;
  readonly source: string;
  /** Its name beside the source, if it was built in advance. */
  readonly ready: string;
  readonly extension: string;
  readonly flags: readonly string[];
  /** The error if it cannot be built; `why` ends a sentence. */
  missing(why: string): InspectorError;
}

/** Whether `programPath` can succeed: it is built, or can be built here. Starts nothing. */
export function isObtainable(program: CProgram): boolean {
  if (find(program, program.ready) !== null) return true;
  const source = find(program, program.source);
  return source !== null && (existsSync(builtPath(program, source)) || hasCompiler());
}

/** Its path; built now, with the C compiler, if that was not done yet. Throws `program.missing`. */
export function programPath(program: CProgram): string {
  const ready = find(program, program.ready);
  if (ready !== null) return ready;
  const source = find(program, program.source);
  if (source === null) throw program.missing('its source is missing too');
  const path = builtPath(program, source);
  if (!existsSync(path)) build(program, source, path);
  return path;
}

/** In a package the bundles are in an archive, from which nothing can be executed or loaded. */
const outside = (path: string) => path.replace(/\.asar(?=[/\\])/, '.asar.unpacked');

function find({ folder, home }: CProgram, name: string): string | null {
  return (
    [join(import.meta.dirname, 'native', folder), home]
      .map((place) => outside(join(place, name)))
      .find((path) => existsSync(path)) ?? null
  );
}

/** In a folder that no other user may write to: another user could otherwise run code in launched programs. */
function builtPath({ folder, flags, extension }: CProgram, source: string): string {
  const version = createHash('sha256').update(readFileSync(source)).update(flags.join(' ')).digest('hex');
  return join(userCacheFolder(folder), `${version.slice(0, 16)}${extension}`);
}

function build(program: CProgram, source: string, path: string): void {
  const work = `${path}.${process.pid}`;
  try {
    const folder = join(path, '..');
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
    // From standard input: the compiler cannot read from an archive.
    const { status, error, stderr } = spawnSync('cc', [...program.flags, '-xc', '-', '-o', work], {
      input: readFileSync(source),
      encoding: 'utf8',
    });
    if (error) throw program.missing('there is no C compiler (cc)');
    if (status !== 0) throw program.missing(`cc could not build it: ${stderr.trim().split('\n')[0]}`);
    renameSync(work, path);
  } catch (cause) {
    rmSync(work, { force: true });
    if (cause instanceof InspectorError) throw cause;
    throw program.missing(`it could not be written: ${systemReason(cause)}`);
  }
}

function hasCompiler(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'cc'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
