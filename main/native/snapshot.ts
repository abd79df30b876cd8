import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Snapshot } from '#shared/source/snapshot.ts';
import { overVmas } from './backends/over-vmas.ts';
import type { WriteTracker } from './backends/write-tracker.ts';
import { nothingMapped } from './errors.ts';
import { fill, STATE_PLANES, WRITTEN_PLANES } from './planes.ts';
import type { ProcessFreezer } from './process-freezer.ts';
import { tryReadMemory } from './syscalls/calls.ts';
import { PAGE_IS } from './syscalls/constants.ts';
import { NativeBuffer } from './syscalls/native-buffer.ts';
import { RegionList } from './tracking/region-list.ts';

/** Steps of a snapshot, for tests that kill the inspector at each of them. */
export const SNAPSHOT_STEPS = ['stopped', 'written', 'state', 'bytes', 'released'] as const;
export type SnapshotStep = (typeof SNAPSHOT_STEPS)[number];

export interface SnapshotOf {
  readonly pid: number;
  readonly tracker: WriteTracker;
  readonly freezer: ProcessFreezer;
}

const PLANES = Object.values(Plane);

/**
 * Reads pages `start` … `start + pages` - 1 of a process while every thread of it is stopped: what counts as written,
 * the state of each page, and the contents of those in memory or swap, so that all of it is consistent. Throws if no page is mapped.
 * Synchronous: no other code of ours runs in between; if we die the kernel resumes the program. Clears nothing. `onStep` is for tests.
 */
export function takeSnapshot(
  { pid, tracker, freezer }: SnapshotOf,
  start: number,
  pages: number,
  onStep: (step: SnapshotStep) => void = () => undefined,
): Snapshot {
  const range = { start, end: start + pages };
  const memory = new NativeBuffer(pages * PAGE_SIZE);
  // Slow work comes before the stop: touching our own memory, and reading the list of VMAs.
  for (let at = 0; at < memory.bytes.length; at += PAGE_SIZE) memory.bytes[at] = 0;
  const written = new RegionList();
  const state = new RegionList();
  tracker.state(state, range);

  const read: number[] = [];
  let unmapped: number[] = [];
  const stop = freezer.measure(() => {
    onStep('stopped');
    tracker.read('get', written, range);
    onStep('written');
    tracker.state(state, range);
    onStep('state');
    unmapped = holes(tracker.vmas, range);
    overVmas(state, tracker.vmas, (vma, from, to, categories) => {
      if (!vma.read || (categories & PAGE_IS.GUARD) !== 0) return;
      const count = readPages(pid, memory, from - start, from, to - from);
      if (count > 0) read.push(from, count);
    });
    onStep('bytes');
  });
  onStep('released');
  if (unmapped.length === 2 && unmapped[1] === pages) throw nothingMapped(pid, range);

  const tiles = new TileSet();
  fill(tiles, written, WRITTEN_PLANES);
  fill(tiles, state, STATE_PLANES);
  const planes = PLANES.map((plane) => ({ plane, runs: runPairs(tiles.runs(plane)) }));
  return {
    start,
    pages,
    bytes: memory.bytes,
    read: Float64Array.from(read),
    unmapped: Float64Array.from(unmapped),
    planes: planes.filter(({ runs }) => runs.length > 0),
    ...stop,
  };
}

/** The parts of `range` in none of `vmas`, which ascend: pairs (first page, pages). */
function holes(vmas: readonly PageRange[], { start, end }: PageRange): number[] {
  const pairs: number[] = [];
  let at = start;
  const mapped = vmas.filter((vma) => vma.start < end && start < vma.end);
  for (const vma of [...mapped, { start: end, end }]) {
    if (at < vma.start) pairs.push(at, vma.start - at);
    at = vma.end;
  }
  return pairs;
}

/** How many of `pages` pages, from the first on, could be read to page `at` of `memory`. */
function readPages(pid: number, memory: NativeBuffer, at: number, page: number, pages: number): number {
  const bytes = pages * PAGE_SIZE;
  let done = 0;
  while (done < bytes) {
    const ours = memory.address + BigInt(at * PAGE_SIZE + done);
    const count = tryReadMemory(pid, ours, page * PAGE_SIZE + done, bytes - done);
    if (count <= 0) break;
    done += count;
  }
  return Math.floor(done / PAGE_SIZE);
}

function runPairs(runs: readonly (readonly [start: number, end: number])[]): Float64Array {
  return Float64Array.from(runs.flatMap(([start, end]) => [start, end - start]));
}
