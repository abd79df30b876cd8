import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { RecordedFrame } from '../frame-codec.ts';
import { flipRuns } from '../page-runs.ts';
import { NO_RUNS, subtractRuns } from './run-sets.ts';

/**
 * Which pages each of a chunk's frames shows as newly written: in mode interval those written in its interval, in mode
 * hold those that were not written in the frame before. Pages that count as written only because of their VMA (Fresh) are
 * not among them. The first frame is a key frame; of what came before it nothing is known here.
 */
export class NewWrites {
  /** Written and Fresh as the frames of mode hold add up to, and which of them were written before the current one. */
  private readonly state = new TileSet();
  private readonly before = new TileSet();
  private readonly rising = new TileSet();
  private interval: Float64Array = NO_RUNS;
  private holds = false;

  /** Goes on to the next frame. @returns runs of pages */
  next(frame: RecordedFrame): Float64Array {
    const written = frame.planes[Plane.Written];
    const fresh = frame.planes[Plane.Fresh];
    const held = this.holds;
    this.holds = frame.mode === 'hold';
    if (!this.holds) return (this.interval = subtractRuns(written, fresh));
    const { state, before, rising } = this;
    const known = held ? runsOf(before) : this.interval;
    if (frame.key) {
      state.clear();
      before.clear();
    }
    flipRuns(state, Plane.Written, written);
    flipRuns(state, Plane.Fresh, fresh);
    rising.clear();
    for (const tile of frame.key ? state.indexes : tilesOf(written, fresh)) this.compare(tile);
    const found = runsOf(rising);
    return frame.key ? subtractRuns(found, known) : found;
  }

  /** Pages that count as written after the last frame, if that was one of mode hold; else those of its interval. */
  get written(): Float64Array {
    return this.holds ? runsOf(this.before) : this.interval;
  }

  private compare(tile: number): void {
    const { state, before, rising } = this;
    const slot = state.find(tile);
    const known = before.ensure(tile);
    const found = rising.ensure(tile);
    const [written, fresh] = [state.offset(slot, Plane.Written), state.offset(slot, Plane.Fresh)];
    const [was, out] = [before.offset(known, Plane.Written), rising.offset(found, Plane.Written)];
    before.mark(1 << Plane.Written);
    rising.mark(1 << Plane.Written);
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const own = state.words[written + w] & ~state.words[fresh + w];
      rising.words[out + w] = own & ~before.words[was + w];
      before.words[was + w] = own;
    }
  }
}

/** Tiles that either set touches; all of them are in the state. */
function tilesOf(a: Float64Array, b: Float64Array): Set<number> {
  const tiles = new Set<number>();
  for (const runs of [a, b]) {
    for (let i = 0; i < runs.length; i += 2) {
      const last = Math.floor((runs[i + 1] - 1) / PAGES_PER_TILE);
      for (let tile = Math.floor(runs[i] / PAGES_PER_TILE); tile <= last; tile++) tiles.add(tile);
    }
  }
  return tiles;
}

function runsOf(tiles: TileSet): Float64Array {
  return Float64Array.from(tiles.runs(Plane.Written).flat());
}
