import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { systemReason } from '#shared/system-reason.ts';
import { type Manifest, MANIFEST_FILE, manifestSchema, PAGES_FILE } from './manifest.ts';

const MAX_MANIFEST_BYTES = 2 ** 30;
/** All pages of a manifest: 64 GiB. A Map has no more entries. */
const MAX_PAGES = 2 ** 24;

/** Reads and checks the manifest of dump `number`: no other file is needed for that. Throws InspectorError of kind `damaged-file`. */
export function readManifest(folder: string, number: number): Manifest {
  try {
    const manifest = manifestSchema.parse(JSON.parse(readText(folder)));
    if (manifest.number !== number) throw damaged(folder, 'it has another number');
    requireRuns(folder, 'own', manifest.own);
    requireRuns(folder, 'unread', manifest.unread);
    requireRuns(folder, 'pages', manifest.pages);
    return manifest;
  } catch (cause) {
    if (cause instanceof InspectorError) throw cause;
    throw damaged(folder, `${MANIFEST_FILE} cannot be read (${systemReason(cause).split('\n')[0]})`);
  }
}

/** Opens the contents of a dump; the caller closes them. Throws InspectorError of kind `damaged-file`. */
export const openPages = (folder: string): number => openFile(folder, PAGES_FILE);

/** The checksum of a dump's contents, all of which `pages` has to be in. Throws InspectorError of kind `damaged-file`. */
export function checksumOf(folder: string, pages: Manifest['pages']): number {
  const fd = openPages(folder);
  const chunk = Buffer.alloc(2 ** 20);
  try {
    const held = fstatSync(fd).size / PAGE_SIZE;
    if (pages.some(([, count, at]) => at + count > held)) throw damaged(folder, 'its pages end too early');
    for (let sum = 0; ;) {
      const read = readSync(fd, chunk, 0, chunk.length, null);
      if (read === 0) return sum;
      sum = crc32(chunk.subarray(0, read), sum);
    }
  } finally {
    closeSync(fd);
  }
}

export const damaged = (path: string, why: string) =>
  new InspectorError('damaged-file', `${path} is damaged: ${why}.`, 'Take a new series of dumps.');

/** Ascending, without overlap, and so few that each can be checked. */
function requireRuns(
  folder: string,
  field: string,
  runs: readonly (readonly [number, number, ...number[]])[],
) {
  let end = 0;
  let pages = 0;
  for (const [start, count] of runs) {
    if (start < end) throw damaged(folder, `"${field}" is not in ascending order`);
    end = start + count;
    pages += count;
    if (pages > MAX_PAGES) throw damaged(folder, `"${field}" has more than ${MAX_PAGES} pages`);
  }
}

function readText(folder: string): string {
  const fd = openFile(folder, MANIFEST_FILE);
  try {
    if (fstatSync(fd).size > MAX_MANIFEST_BYTES) throw damaged(folder, `${MANIFEST_FILE} is too large`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** A regular file: a pipe would never end. */
function openFile(folder: string, name: string): number {
  try {
    const fd = openSync(join(folder, name), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch (cause) {
    throw damaged(folder, `${name} cannot be read (${systemReason(cause)})`);
  }
  throw damaged(folder, `${name} is not a file`);
}
