import { setImmediate } from 'node:timers/promises';
import { MAX_STAMP_TIMES, type FrameStamps, stampWords } from '#shared/frame/stamps.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { MAX_TILES } from '../page-runs.ts';
import type { ChunkedFrames } from '../chunked-frames.ts';
import type { ChunkWritesReader } from './chunk-writes.ts';

/** How long before a frame the search for its pages' last writes begins, in nanoseconds: older ones all look alike. */
const WINDOW_NS = 60e9;
/** Runs of pages that are gone through; beyond them the window is shorter. */
const MAX_RUNS = 2 ** 20;

/**
 * When each page was last written, as of the last frame at or before `timeNs` and within a minute before it: for a frame that is shown
 * without those before it. Null if there is no frame, and in mode hold, in which it is not known.
 */
export async function lastWrites(
  store: ChunkedFrames,
  chunks: ChunkWritesReader,
  timeNs: number,
): Promise<FrameStamps | null> {
  const { index } = store;
  const frame = index.at(timeNs);
  if (frame < 0) return null;
  const start = index.times[frame] - WINDOW_NS;
  const marks = new LastWrites();
  let runs = 0;
  // Numbers among all frames: old ones of a live session can be forgotten meanwhile, which moves the others.
  for (let next = index.dropped + frame; next >= index.dropped && runs < MAX_RUNS && marks.hasRoom;) {
    const at = next - index.dropped;
    if (index.times[at] < start) break;
    const begin = index.firstOfChunk(index.chunkOf(at));
    const times = index.times.slice(begin, at + 1);
    next = index.dropped + begin - 1;
    const known = await chunks.of(index.chunkOf(at)).catch(() => null);
    // Samples come first.
    await setImmediate();
    if (known?.holds === true) {
      if (marks.times.length === 0) return null;
      break;
    }
    for (let i = times.length - 1; i >= 0 && times[i] >= start && marks.hasRoom; i--) {
      marks.add(times[i] / 1e6, known?.written[i], known?.gone[i]);
      if (known !== null) runs += (known.written[i].length + known.gone[i].length) / 2;
    }
  }
  return marks.take();
}

interface Row {
  /** Pages whose last write is known, or known to be none. */
  readonly decided: Uint32Array;
  /** Layout of FrameStamps, with room for every page. */
  readonly words: Uint32Array;
}

/** Collects pages from the latest frame to the earliest: the first that names a page decides. */
class LastWrites {
  /** Latest first, ms. */
  readonly times: number[] = [];
  private readonly rows = new Map<number, Row>();

  get hasRoom(): boolean {
    return this.times.length < MAX_STAMP_TIMES;
  }

  add(time: number, written?: Float64Array, gone?: Float64Array): void {
    const place = this.times.push(time) - 1;
    if (written)
      this.each(written, (row, w, mask) => {
        const fresh = mask & ~row.decided[w];
        row.decided[w] |= fresh;
        for (let rest = place, at = WORDS_PER_TILE + w; rest !== 0; rest >>>= 1, at += WORDS_PER_TILE)
          if ((rest & 1) === 1) row.words[at] |= fresh;
      });
    if (gone)
      this.each(gone, (row, w, mask) => {
        const fresh = mask & ~row.decided[w];
        row.decided[w] |= fresh;
        row.words[w] |= fresh;
      });
  }

  take(): FrameStamps {
    const size = stampWords(this.times.length);
    const tiles: number[] = [];
    const words = new Uint32Array(this.rows.size * size);
    for (const [tile, row] of this.rows) {
      const at = tiles.push(tile) * size - size;
      words.set(row.words.subarray(0, size), at);
      for (let w = 0; w < WORDS_PER_TILE; w++) words[at + w] |= ~row.decided[w];
    }
    return {
      times: Float64Array.from(this.times),
      indexes: Float64Array.from(tiles),
      words,
      lost: new Float64Array(0),
    };
  }

  private each(runs: Float64Array, visit: (row: Row, w: number, mask: number) => void): void {
    for (let i = 0; i < runs.length; i += 2) {
      for (let page = runs[i]; page < runs[i + 1];) {
        const tile = Math.floor(page / PAGES_PER_TILE);
        const row = this.row(tile);
        if (row === null) return;
        const from = page - tile * PAGES_PER_TILE;
        const to = Math.min(PAGES_PER_TILE, runs[i + 1] - tile * PAGES_PER_TILE);
        for (let w = from >>> 5; w <= (to - 1) >>> 5; w++) {
          const low = Math.max(0, from - w * 32);
          const high = Math.min(32, to - w * 32);
          visit(row, w, (-1 << low) & (-1 >>> (32 - high)));
        }
        page = tile * PAGES_PER_TILE + to;
      }
    }
  }

  private row(tile: number): Row | null {
    const known = this.rows.get(tile);
    if (known) return known;
    if (this.rows.size >= MAX_TILES) return null;
    const row = {
      decided: new Uint32Array(WORDS_PER_TILE),
      words: new Uint32Array(stampWords(MAX_STAMP_TIMES)),
    };
    this.rows.set(tile, row);
    return row;
  }
}
