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
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';

/** Something in C that is built at first use; app/setup/preload-library.mjs builds with the same flags. */
interface Built {
  readonly source: string;
  /** Its name beside the source where it was built before. */
  readonly ready: string;
  readonly extension: string;
  readonly flags: readonly string[];
}

/** Freestanding, so that it fits every libc. */
const LIBRARY: Built = {
  source: 'preload.c',
  ready: 'preload.so',
  extension: '.so',
  flags: ['-shared', '-fPIC', '-O2', '-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE'],
};
/** Static, for the same reason. */
const LAUNCHER: Built = {
  source: 'launcher.c',
  ready: 'launcher',
  extension: '',
  flags: ['-O2', '-static'],
};

/** Folders of the library and its source: beside the bundles, or beside this file in a checkout. */
const folders = () => [join(import.meta.dirname, 'native', 'preload'), import.meta.dirname];

/** In a package the bundles are in an archive, which the dynamic linker cannot look into. */
const outside = (path: string) => path.replace(/\.asar(?=[/\\])/, '.asar.unpacked');

function find(name: string): string | null {
  return (
    folders()
      .map((folder) => outside(join(folder, name)))
      .find((path) => existsSync(path)) ?? null
  );
}

/** Whether `libraryPath` can succeed: it is built, or can be built here. Starts nothing. */
export const libraryObtainable = (): boolean => obtainable(LIBRARY);

/** The library's path; built now, with the C compiler, where that was not done yet. Throws InspectorError. */
export const libraryPath = (): string => pathOf(LIBRARY);

/** The path of the program that launches others; null where it is not built and cannot be. */
export function launcherPath(): string | null {
  if (!obtainable(LAUNCHER)) return null;
  try {
    return pathOf(LAUNCHER);
  } catch (cause) {
    if (cause instanceof InspectorError) return null;
    throw cause;
  }
}

function obtainable(what: Built): boolean {
  if (find(what.ready) !== null) return true;
  const source = find(what.source);
  return source !== null && (existsSync(builtPath(what, source)) || hasCompiler());
}

function pathOf(what: Built): string {
  const ready = find(what.ready);
  if (ready !== null) return ready;
  const source = find(what.source);
  if (source === null) throw noLibrary('its source is missing too');
  const path = builtPath(what, source);
  if (!existsSync(path)) build(what, source, path);
  return path;
}

export const noLibrary = (why: string) =>
  new InspectorError(
    'unsupported',
    `The library to be loaded into programs is not built, and ${why}.`,
    'Install a C compiler (on Debian: apt-get install gcc libc6-dev), or use the backend write-protect.',
  );

/** In a folder that no other user may write to: another user could otherwise run code in launched programs. */
function builtPath({ flags, extension }: Built, source: string): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const version = createHash('sha256').update(readFileSync(source)).update(flags.join(' ')).digest('hex');
  return join(cache, 'soft-dirty-inspector', 'preload', `${version.slice(0, 16)}${extension}`);
}

function build({ flags }: Built, source: string, path: string): void {
  const work = `${path}.${process.pid}`;
  try {
    const folder = join(path, '..');
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
    // From standard input: the compiler cannot read from an archive.
    const { status, error, stderr } = spawnSync('cc', [...flags, '-xc', '-', '-o', work], {
      input: readFileSync(source),
      encoding: 'utf8',
    });
    if (error) throw noLibrary('there is no C compiler (cc)');
    if (status !== 0) throw noLibrary(`cc could not build it: ${stderr.trim().split('\n')[0]}`);
    renameSync(work, path);
  } catch (cause) {
    rmSync(work, { force: true });
    if (cause instanceof InspectorError) throw cause;
    throw noLibrary(`it could not be written: ${cause instanceof Error ? cause.message : String(cause)}`);
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
