import type { TimeRange } from '#shared/contract/recording.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { WrittenPages } from '#shared/source/history.ts';
import { decodeRecordedFrame, isWhole, RecordedState } from './frame-codec.ts';
import type { FrameIndex } from './frame-index.ts';
import { setRuns } from './page-runs.ts';

/** Encoded frames in chunks, the first of each a key frame: a file, or what is kept of a live session. */
export interface FrameStore {
  readonly index: FrameIndex;
  /** The frames of a chunk, encoded; it does not change while they are used. */
  frames(chunk: number): Promise<readonly Uint8Array[]>;
  vmas(frame: number): Promise<readonly Vma[]>;
}

/** Every page that counts as written in any frame of the range; without one in it, in the last frame before. */
export async function collectWritten(
  store: FrameStore,
  { startNs, endNs }: TimeRange,
): Promise<WrittenPages> {
  const { index } = store;
  const tiles = new TileSet();
  const last = index.at(endNs);
  if (last < 0) return { tiles, vmas: [], frames: 0 };
  const first = Math.min(last, index.at(startNs - 1) + 1);
  for (let chunk = index.chunks[first]; chunk <= index.chunks[last]; chunk++) {
    const begin = index.firstOfChunk(chunk);
    const end = index.firstOfChunk(chunk + 1);
    // A chunk of operations alone.
    if (begin === end) continue;
    const frames = await store.frames(chunk);
    addWritten(tiles, frames.slice(0, last - begin + 1), Math.max(0, first - begin));
  }
  return { tiles, vmas: await store.vmas(last), frames: last - first + 1 };
}

/** Adds what frames `from` … of a chunk show as written. */
function addWritten(tiles: TileSet, frames: readonly Uint8Array[], from: number): void {
  const state = new RecordedState();
  for (let i = 0; i < frames.length; i++) {
    const frame = decodeRecordedFrame(frames[i]);
    const runs = frame.planes[Plane.Written];
    if (i > from) {
      // Of a difference, what is gone was there before: it is in the set already.
      setRuns(tiles, Plane.Written, runs);
    } else if (i === from && isWhole(frame, Plane.Written)) {
      setRuns(tiles, Plane.Written, runs);
    } else {
      state.apply(frame);
      if (i === from) addPlane(tiles, state.tiles);
    }
  }
}

function addPlane(into: TileSet, from: TileSet): void {
  for (const [start, end] of from.runs(Plane.Written)) into.setRun(Plane.Written, start, end);
}
