import type { TimeRange } from '#shared/contract/recording.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { WrittenPages } from './history.ts';
import { decodeRecordedFrame, isWhole, RecordedState } from './frame-codec.ts';
import type { FrameIndex } from './frame-index.ts';
import { setRuns } from './page-runs.ts';

/** Encoded frames in chunks, the first of each a key frame: a file, or what is kept of a live session. */
export interface ChunkedFrames {
  readonly index: FrameIndex;
  /** The frames of a chunk, encoded; it does not change while they are used. */
  frames(chunk: number): Promise<readonly Uint8Array[]>;
  vmas(frame: number): Promise<readonly Vma[]>;
}

/** What to read at a time. */
const COLLECTED = [Plane.Written, Plane.Hot, Plane.Gone] as const;

/**
 * Every page that counts as written in any frame of the range, and those that were given back or hot; without a frame in
 * it, in the last one before. A page that is seen written in one of the frames is not hot.
 */
export async function collectWritten(
  store: ChunkedFrames,
  { startNs, endNs }: TimeRange,
): Promise<WrittenPages> {
  const { index } = store;
  const tiles = new TileSet();
  const last = index.at(endNs);
  if (last < 0) return { tiles, vmas: [], frames: 0 };
  const first = Math.min(last, index.at(startNs - 1) + 1);
  for (let chunk = index.chunkOf(first); chunk <= index.chunkOf(last); chunk++) {
    const begin = index.firstOfChunk(chunk);
    const end = index.firstOfChunk(chunk + 1);
    // A chunk of operations alone.
    if (begin === end) continue;
    const frames = await store.frames(chunk);
    addWritten(tiles, frames.slice(0, last - begin + 1), Math.max(0, first - begin));
  }
  for (let slot = 0; slot < tiles.size; slot++) {
    const written = tiles.offset(slot, Plane.Written);
    const hot = tiles.offset(slot, Plane.Hot);
    for (let w = 0; w < WORDS_PER_TILE; w++) tiles.words[hot + w] &= ~tiles.words[written + w];
  }
  return { tiles, vmas: await store.vmas(last), frames: last - first + 1 };
}

/** Adds what frames `from` … of a chunk show as written, hot and given back. */
function addWritten(tiles: TileSet, frames: readonly Uint8Array[], from: number): void {
  const state = new RecordedState();
  for (let i = 0; i < frames.length; i++) {
    const frame = decodeRecordedFrame(frames[i]);
    // All are planes of events, so that one is whole if the others are.
    if (i > from || (i === from && isWhole(frame, Plane.Written))) {
      // In a difference, pages that are gone were in the frame before: the set has them already.
      for (const plane of COLLECTED) setRuns(tiles, plane, frame.planes[plane]);
    } else {
      state.apply(frame);
      if (i === from) for (const plane of COLLECTED) addPlane(tiles, state.tiles, plane);
    }
  }
}

function addPlane(into: TileSet, from: TileSet, plane: Plane): void {
  for (const [start, end] of from.runs(plane)) into.setRun(plane, start, end);
}
