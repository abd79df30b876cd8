import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { systemReason } from '#shared/system-reason.ts';
import { makeFolder } from '../make-folder.ts';
import { type Manifest, MANIFEST_FILE, manifestText, PAGES_FILE } from './manifest.ts';

/** The folder of dump `number`. */
export const dumpFolder = (directory: string, number: number) =>
  join(directory, String(number).padStart(4, '0'));

/**
 * Makes the directory of a series. Returns whether it was made: an empty one may exist. Throws InspectorError of kind `io` if it is not
 * empty.
 */
export function createSeries(directory: string): boolean {
  try {
    const made = makeFolder(directory, 0o700);
    if (readdirSync(directory).length === 0) return made;
  } catch (cause) {
    throw failed(directory, cause);
  }
  throw new InspectorError(
    'io',
    `${directory} is not empty.`,
    'A series begins with a full dump: use a new directory.',
  );
}

/** Removes the directory of a series that has no dump; one that has any stays. */
export function removeEmptySeries(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is not empty, or gone already.
  }
}

/**
 * One dump while it is written. It appears under its name when it is complete; until then, or if it fails, there is
 * only a folder NAME.partial, which `discard` removes. What a program holds in memory is for its owner alone to read.
 */
export class DumpWriter {
  private readonly folder: string;
  private readonly partial: string;
  private readonly fd: number;
  /** Place in the file of each page. */
  private readonly places = new Map<number, number>();
  private next = 0;

  constructor(directory: string, number: number) {
    this.folder = dumpFolder(directory, number);
    this.partial = `${this.folder}.partial`;
    try {
      mkdirSync(this.partial, { mode: 0o700 });
      this.fd = openSync(join(this.partial, PAGES_FILE), 'wx+', 0o600);
    } catch (cause) {
      throw failed(this.partial, cause);
    }
  }

  /** Contents of whole pages from `page` on; those of a page that was written before are replaced. */
  write(page: number, bytes: Uint8Array): void {
    const pages = bytes.length / PAGE_SIZE;
    for (let i = 0; i < pages;) {
      const place = this.places.get(page + i);
      let run = 1;
      if (place === undefined) {
        while (i + run < pages && !this.places.has(page + i + run)) run++;
        for (let k = 0; k < run; k++) this.places.set(page + i + k, this.next + k);
      }
      this.writeAt(bytes.subarray(i * PAGE_SIZE, (i + run) * PAGE_SIZE), place ?? this.next);
      if (place === undefined) this.next += run;
      i += run;
    }
  }

  /** Ends the dump; `own` are the pages that count. Returns the manifest, and the bytes of contents. */
  finish(manifest: Omit<Manifest, 'pages' | 'crc32'>): { manifest: Manifest; bytes: number; folder: string } {
    try {
      const whole: Manifest = { ...manifest, pages: this.runsOf(manifest.own), crc32: this.checksum() };
      writeFileSync(join(this.partial, MANIFEST_FILE), manifestText(whole), { mode: 0o600, flag: 'wx' });
      fsyncSync(this.fd);
      closeSync(this.fd);
      renameSync(this.partial, this.folder);
      const bytes = whole.pages.reduce((sum, [, pages]) => sum + pages * PAGE_SIZE, 0);
      return { manifest: whole, bytes, folder: this.folder };
    } catch (cause) {
      throw failed(this.folder, cause);
    }
  }

  discard(): void {
    try {
      closeSync(this.fd);
    } catch {
      // Closed already.
    }
    rmSync(this.partial, { recursive: true, force: true });
  }

  private writeAt(bytes: Uint8Array, place: number): void {
    try {
      for (let sent = 0; sent < bytes.length;)
        sent += writeSync(this.fd, bytes, sent, bytes.length - sent, place * PAGE_SIZE + sent);
    } catch (cause) {
      throw failed(this.partial, cause);
    }
  }

  private runsOf(own: Manifest['own']): Manifest['pages'] {
    const runs: Manifest['pages'] = [];
    for (const [start, pages] of own) {
      for (let page = start; page < start + pages; page++) {
        const place = this.places.get(page);
        if (place === undefined) continue;
        const last = runs.at(-1);
        if (last && last[0] + last[1] === page && last[2] + last[1] === place) last[1]++;
        else runs.push([page, 1, place]);
      }
    }
    return runs;
  }

  private checksum(): number {
    const chunk = Buffer.alloc(2 ** 20);
    let sum = 0;
    for (let at = 0; ;) {
      const read = readSync(this.fd, chunk, 0, chunk.length, at);
      if (read === 0) return sum;
      sum = crc32(chunk.subarray(0, read), sum);
      at += read;
    }
  }
}

function failed(path: string, cause: unknown): InspectorError {
  return new InspectorError(
    'io',
    `${path} could not be written: ${systemReason(cause)}.`,
    'Use a directory with enough room.',
    { cause },
  );
}
