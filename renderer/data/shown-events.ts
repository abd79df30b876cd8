import { testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';

/** Touched, Hot and Gone follow each other in the words that are shown: 16 words each. */
export const SHOWN_PLANES = 3;
const WORDS = SHOWN_PLANES * WORDS_PER_TILE;
const [TOUCHED, HOT, GONE] = [0, WORDS_PER_TILE, 2 * WORDS_PER_TILE];
/** In mode interval an event is shown for one to two of these. */
const PERIOD_MS = 1000;
/** A page with one of these events is there: not gone, or no longer gone. */
const THERE = [Plane.Written, Plane.Present, Plane.Swapped, Plane.Huge, Plane.Zero, Plane.Guard] as const;

/** Events of a tile: of this period, of the previous one, and what comes of both. */
interface Trail {
  readonly now: Uint32Array;
  readonly before: Uint32Array;
  readonly shown: Uint32Array;
}

/**
 * The events Touched, Hot and Gone as the map shows them, by slot of the tile table. In mode interval they hold for one
 * frame; at 20 frames a second that would flicker, so they stay for a second or two. A page that was given back is
 * no longer touched or hot, and one that is there again is not gone.
 */
export class ShownEvents {
  private readonly trails = new Map<number, Trail>();
  private period = 0;
  private mode: SampleMode = 'hold';

  /** 3 × 16 words, a bit per page, read-only; null: none. */
  of(slot: number): Uint32Array | null {
    return this.trails.get(slot)?.shown ?? null;
  }

  /** Whether page `page` (0 … 511) of a slot is shown as hot. */
  isHot(slot: number, page: number): boolean {
    const shown = this.of(slot);
    return shown !== null && testBit(shown, HOT, page);
  }

  /** Goes on to engine time `time` in ms, or back to it. @returns the slots that may look different */
  advance(time: number, mode: SampleMode): readonly number[] {
    const period = Math.floor(time / PERIOD_MS);
    const passed = period - this.period;
    const isSame = mode === this.mode;
    this.period = period;
    this.mode = mode;
    if (this.trails.size === 0 || (isSame && (mode === 'hold' || passed === 0))) return [];
    const slots = [...this.trails.keys()];
    if (isSame && passed === 1) {
      for (const [slot, trail] of this.trails) {
        trail.before.set(trail.now);
        trail.now.fill(0);
        this.show(slot, trail);
      }
    } else {
      this.trails.clear();
    }
    return slots;
  }

  /** Takes the events of a tile from the picture as the last frame left it. */
  update(slot: number, tile: number, tiles: TileSet): void {
    const known = tiles.find(tile);
    let trail = this.trails.get(slot);
    if (!trail) {
      if (known < 0 || !hasEvents(tiles, known)) return;
      trail = { now: new Uint32Array(WORDS), before: new Uint32Array(WORDS), shown: new Uint32Array(WORDS) };
      this.trails.set(slot, trail);
    }
    const { now, before } = trail;
    if (this.mode === 'hold') {
      now.fill(0);
      before.fill(0);
    }
    for (let w = 0; known >= 0 && w < WORDS_PER_TILE; w++) {
      const word = (plane: Plane): number => tiles.words[tiles.offset(known, plane) + w] ?? 0;
      let there = 0;
      for (const plane of THERE)
        there |= plane === Plane.Written ? word(plane) & ~word(Plane.Fresh) : word(plane);
      const gone = word(Plane.Gone) & ~there;
      for (const part of [now, before]) {
        part[TOUCHED + w] = (part[TOUCHED + w] ?? 0) & ~gone;
        part[HOT + w] = (part[HOT + w] ?? 0) & ~gone;
        part[GONE + w] = (part[GONE + w] ?? 0) & ~there;
      }
      now[TOUCHED + w] = (now[TOUCHED + w] ?? 0) | (word(Plane.Touched) & ~gone);
      now[HOT + w] = (now[HOT + w] ?? 0) | (word(Plane.Hot) & ~gone);
      now[GONE + w] = (now[GONE + w] ?? 0) | gone;
    }
    this.show(slot, trail);
  }

  /** Pages `from` … `to` - 1 of a tile are other memory now. */
  forget(slot: number, from: number, to: number): void {
    const trail = this.trails.get(slot);
    if (!trail) return;
    for (let page = from; page < Math.min(to, PAGES_PER_TILE); page++) {
      for (let at = page >>> 5; at < WORDS; at += WORDS_PER_TILE) {
        for (const part of [trail.now, trail.before]) part[at] = (part[at] ?? 0) & ~(1 << (page & 31));
      }
    }
    this.show(slot, trail);
  }

  clear(): void {
    this.trails.clear();
    this.period = 0;
  }

  private show(slot: number, { now, before, shown }: Trail): void {
    let any = 0;
    for (let i = 0; i < WORDS; i++) any |= shown[i] = (now[i] ?? 0) | (before[i] ?? 0);
    if (any === 0) this.trails.delete(slot);
  }
}

function hasEvents(tiles: TileSet, slot: number): boolean {
  for (const plane of [Plane.Touched, Plane.Hot, Plane.Gone]) {
    const at = tiles.offset(slot, plane);
    for (let w = at; w < at + WORDS_PER_TILE; w++) if (tiles.words[w] !== 0) return true;
  }
  return false;
}
