import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { FrameStore } from '../../data/frame-store.ts';

export const HugeMark = {
  None: 0,
  /** Mapped by a PMD entry. */
  Huge: 1,
  /** Was a huge page while it was watched, and is mapped page by page now. */
  Split: 2,
} as const;
export type HugeMark = (typeof HugeMark)[keyof typeof HugeMark];

/** Which tiles are huge pages and which were: kept beside the planes, so that labels know when they changed. */
export class HugeMarks {
  private readonly frames: FrameStore;
  private readonly marks = new Map<number, HugeMark>();

  constructor(frames: FrameStore) {
    this.frames = frames;
  }

  /** Tiles that have a mark. */
  get size(): number {
    return this.marks.size;
  }

  of(tile: number): HugeMark {
    return this.marks.get(tile) ?? HugeMark.None;
  }

  /** Kind of a page's tile. */
  ofPage(page: number): HugeMark {
    return this.of(tileOfPage(page));
  }

  /** Looks at tiles that changed. @param slots of the tile table  @returns whether a mark did */
  update(slots: readonly number[]): boolean {
    let changed = false;
    for (const slot of slots) {
      const tile = this.frames.table.tiles[slot] ?? 0;
      const mark = this.read(tile);
      if (mark === this.of(tile)) continue;
      changed = true;
      if (mark === HugeMark.None) this.marks.delete(tile);
      else this.marks.set(tile, mark);
    }
    return changed;
  }

  reset(): void {
    this.marks.clear();
  }

  private read(tile: number): HugeMark {
    const { tiles } = this.frames;
    if (tiles.test(Plane.Huge, tile * PAGES_PER_TILE)) return HugeMark.Huge;
    const slot = tiles.find(tile);
    if (slot < 0) return HugeMark.None;
    const at = tiles.offset(slot, Plane.Split);
    for (let w = 0; w < WORDS_PER_TILE; w++) if (tiles.words[at + w] !== 0) return HugeMark.Split;
    return HugeMark.None;
  }
}
