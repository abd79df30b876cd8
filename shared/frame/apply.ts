import { popcount } from '../memory/bitmap.ts';
import { WORDS_PER_TILE } from '../memory/page.ts';
import { EVENT_PLANES, type Plane } from '../memory/plane.ts';
import { TileSet } from '../memory/tile-set.ts';
import type { Vma } from '../memory/vma.ts';
import type { SampleMode } from '../source/source.ts';
import { WRITE_PLANES } from './delta.ts';
import type { Frame } from './frame.ts';

/** The state after the frames up to `sequence`. */
export class FrameState {
  /** Planes of events: in mode hold since the last clear, in mode interval of the last frame alone. */
  readonly tiles = new TileSet();
  vmas: readonly Vma[] = [];
  /** Sequence number of the last frame applied; -1 before the first. */
  sequence = -1;
  mode: SampleMode = 'hold';
  time = 0;
  writtenPages = 0;
  /** Planes of events that the last frame of mode interval set, as a mask. */
  private writtenPlanes = 0;

  /** Whether `frame` can be applied: a key frame always, a delta to the state that it builds on. */
  accepts(frame: Frame): boolean {
    return frame.kind === 'key' || (frame.base === this.sequence && frame.mode === this.mode);
  }

  /** Applies `frame`; false, and nothing is changed, if it does not fit (ask for a key frame then). */
  apply(frame: Frame): boolean {
    if (!this.accepts(frame)) return false;
    const { tiles } = this;
    if (frame.kind === 'key') {
      tiles.clear();
    } else {
      for (const plane of EVENT_PLANES) {
        if ((this.writtenPlanes & (1 << plane)) !== 0) tiles.clearPlane(plane);
      }
    }
    const { indexes, masks, words } = frame.tiles;
    let planes = 0;
    let from = 0;
    for (let i = 0; i < indexes.length; i++) {
      const mask = masks[i];
      planes |= mask;
      const slot = tiles.ensure(indexes[i]);
      tiles.mark(mask);
      let at = tiles.offset(slot, 0);
      for (let rest = mask; rest !== 0; rest >>>= 1, at += tiles.planeWords) {
        if ((rest & 1) === 0) continue;
        for (let w = 0; w < WORDS_PER_TILE; w++) tiles.words[at + w] = words[from + w];
        from += WORDS_PER_TILE;
      }
    }
    this.writtenPlanes = frame.mode === 'interval' ? planes & WRITE_PLANES : 0;
    this.vmas = frame.vmas ?? this.vmas;
    this.sequence = frame.sequence;
    this.mode = frame.mode;
    this.time = frame.time;
    this.writtenPages = frame.writtenPages;
    return true;
  }
}

/** Pages set in one plane of a frame's tiles. */
export function countPlane(tiles: Frame['tiles'], plane: Plane): number {
  let total = 0;
  let at = 0;
  for (const mask of tiles.masks) {
    const before = popcount(mask & ((1 << plane) - 1)) * WORDS_PER_TILE;
    if ((mask & (1 << plane)) !== 0) {
      for (let w = 0; w < WORDS_PER_TILE; w++) total += popcount(tiles.words[at + before + w]);
    }
    at += popcount(mask) * WORDS_PER_TILE;
  }
  return total;
}
