import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CodePlace } from '#shared/contract/writers.ts';
import { makeFolder } from '../../make-folder.ts';

/** Places kept for one build; the oldest are dropped. */
export const MAX_BUILD_PLACES = 20_000;
/** Format version: files of other versions are ignored. */
const VERSION = 2;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_FOLDER_BYTES = 64 * 1024 * 1024;
const NO_LINE = -1;
const FRAME_WORDS = 3;

const count = z.number().int().min(NO_LINE).max(Number.MAX_SAFE_INTEGER);
const fileSchema = z.object({
  version: z.literal(VERSION),
  build: z.string(),
  /** Names of functions and source files. */
  texts: z.array(z.string()),
  /** The address, then function, source file and line of each frame; the first two are indexes in `texts`. */
  places: z
    .array(z.array(count).refine(({ length }) => length > 1 && length % FRAME_WORDS === 1))
    .max(MAX_BUILD_PLACES),
});
type File = z.infer<typeof fileSchema>;

/** A place with a source file, without the path of the file that holds the code: the same build may be at another one. */
export type KnownPlace = Omit<CodePlace, 'module'> & { readonly function: string; readonly file: string };
/** By address in the file, in bytes: the function there, then those into which it was inlined, outwards. */
export type BuildPlaces = Map<bigint, readonly KnownPlace[]>;

/**
 * Known places in a folder that belongs to this user alone: a file a build, all together of bounded size. It is a cache: what cannot
 * be read or written, or is damaged, is as if it were not there.
 */
export class PlacesFolder {
  private readonly path: string;
  private readonly maxBytes: number;

  constructor(path: string, maxBytes = MAX_FOLDER_BYTES) {
    this.path = path;
    this.maxBytes = maxBytes;
  }

  read(build: string): BuildPlaces | null {
    try {
      return this.isOwn() ? readPlaces(this.fileOf(build), build) : null;
    } catch {
      return null;
    }
  }

  write(build: string, places: BuildPlaces): void {
    const file = this.fileOf(build);
    const part = `${file}.${randomUUID()}.part`;
    try {
      makeFolder(this.path, 0o700);
      const text = JSON.stringify(toFile(build, places));
      if (!this.isOwn() || text.length > MAX_FILE_BYTES) return;
      writeFileSync(part, text, { flag: 'wx', mode: 0o600 });
      renameSync(part, file);
      this.makeRoom();
    } catch {
      remove(part);
    }
  }

  private fileOf(build: string): string {
    return join(this.path, `${build}.json`);
  }

  /** Other users cannot put names there. */
  private isOwn(): boolean {
    const folder = lstatSync(this.path);
    return folder.isDirectory() && folder.uid === process.geteuid?.() && (folder.mode & 0o022) === 0;
  }

  /** Removes the files that were not used for longest. */
  private makeRoom(): void {
    const files = readdirSync(this.path).flatMap((name) => {
      const path = join(this.path, name);
      const file = lstatSync(path, { throwIfNoEntry: false });
      return file?.isFile() ? [{ path, bytes: file.size, usedMs: file.mtimeMs }] : [];
    });
    files.sort((a, b) => b.usedMs - a.usedMs);
    let bytes = 0;
    for (const file of files) {
      bytes += file.bytes;
      if (bytes > this.maxBytes) remove(file.path);
    }
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is not in a folder, or another one has it.
  }
}

function readPlaces(path: string, build: string): BuildPlaces | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size, uid } = fstatSync(fd);
    if (!fstatSync(fd).isFile() || uid !== process.geteuid?.() || size > MAX_FILE_BYTES) return null;
    const file = fileSchema.parse(JSON.parse(readFileSync(fd, 'utf8')));
    if (file.build !== build) return null;
    const places = new Map(file.places.map((words) => [BigInt(words[0]), placesOf(file, words)]));
    const now = new Date();
    futimesSync(fd, now, now);
    return places;
  } finally {
    closeSync(fd);
  }
}

/** Throws if an index or a length is wrong. */
function placesOf({ texts }: File, [address, ...frames]: readonly number[]): KnownPlace[] {
  const textAt = (index: number): string => {
    const text = texts[index] as string | undefined;
    if (text === undefined) throw new RangeError(`no text ${index}`);
    return text;
  };
  const places: KnownPlace[] = [];
  for (let i = 0; i < frames.length; i += FRAME_WORDS)
    places.push({
      function: textAt(frames[i]),
      offset: BigInt(address),
      file: textAt(frames[i + 1]),
      line: frames[i + 2] === NO_LINE ? null : frames[i + 2],
    });
  return places;
}

function toFile(build: string, places: BuildPlaces): File {
  const indexes = new Map<string, number>();
  const index = (text: string): number => {
    const known = indexes.get(text) ?? indexes.size;
    indexes.set(text, known);
    return known;
  };
  const rows = [...places].map(([address, found]) => [
    Number(address),
    ...found.flatMap(({ function: name, file, line }) => [index(name), index(file), line ?? NO_LINE]),
  ]);
  return { version: VERSION, build, texts: [...indexes.keys()], places: rows };
}
