import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { formatPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { type PageRange, rangePages } from '#shared/memory/range.ts';
import type { Snapshot } from '#shared/source/snapshot.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { systemReason } from '#shared/system-reason.ts';
import { errorCode } from '../error-code.ts';
import { defaultPath } from '../recording/default-path.ts';

/** Throws if `file` exists or its folder cannot be written to. */
export function checkFree(file: string): void {
  if (existsSync(file)) throw inUse(file);
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (cause) {
    throw notWritten(file, cause);
  }
}

/** Writes the contents of pages; never over an existing file. A partial file is removed on failure. */
export function writeSnapshot(file: string, bytes: Uint8Array): void {
  let fd = -1;
  try {
    // A program's memory is private to the user; 'wx' follows no link.
    fd = openSync(file, 'wx', 0o600);
    for (let sent = 0; sent < bytes.length;) sent += writeSync(fd, bytes, sent);
  } catch (cause) {
    if (fd >= 0) rmSync(file);
    throw notWritten(file, cause);
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

const inUse = (file: string): InspectorError =>
  new InspectorError('io', `${file} already exists.`, 'Use another name, or remove it.');

function notWritten(file: string, cause: unknown): InspectorError {
  if (errorCode(cause) === 'EEXIST') return inUse(file);
  return new InspectorError(
    'io',
    `${file} cannot be written: ${systemReason(cause)}.`,
    'Use another folder.',
  );
}

/** The planes that are reported, by their names. @param tracked whether the program was tracked before: only then Written is known */
export function planesOf({ planes }: Snapshot, tracked: boolean): [name: string, runs: Float64Array][] {
  const names = Object.entries(Plane).map(([name, plane]) => [plane, name.toLowerCase()] as const);
  return planes
    .filter(({ plane }) => tracked || (plane !== Plane.Written && plane !== Plane.Fresh))
    .map(({ plane, runs }) => [names.find(([number]) => number === plane)?.[1] ?? '', runs]);
}

/** Description of a file of contents, as `soft-dirty snapshot --json` reports it. */
export function snapshotJson(snapshot: Snapshot, file: string, tracked: boolean) {
  const { start, pages, threads, stoppedNs, read, unmapped } = snapshot;
  const planes = planesOf(snapshot, tracked).map(([name, runs]) => [name, pairs(runs)] as const);
  const stoppedMs = stoppedNs / 1e6;
  const written = tracked ? { written: [] } : {};
  return {
    ...{ start: formatPage(start), pages, file, threads, stoppedMs, read: pairs(read) },
    unmapped: pairs(unmapped),
    planes: { ...written, ...Object.fromEntries(planes) },
  };
}

function pairs(runs: Float64Array): [string, number][] {
  return Array.from({ length: runs.length / 2 }, (_, i) => [formatPage(runs[i * 2]), runs[i * 2 + 1]]);
}

/** Takes a snapshot into a new file in the folder of recordings, with what it is of beside it. @returns where, in words */
export async function keepSnapshot(
  { snapshots, description }: Pick<TrackingSource, 'snapshots' | 'description'>,
  range: PageRange,
): Promise<string> {
  const snapshot = await snapshots?.snapshot(range.start, rangePages(range));
  if (snapshot === undefined)
    throw new InspectorError('unsupported', 'This source has no contents for a snapshot.');
  const file = await defaultPath(`${description.title} ${formatPage(range.start)}`, new Date(), '.bin');
  writeSnapshot(file, snapshot.bytes);
  const about = `${JSON.stringify(snapshotJson(snapshot, file, true))}\n`;
  writeFileSync(`${file}.json`, about, { flag: 'wx', mode: 0o600 });
  return `The contents are in ${file}.`;
}
