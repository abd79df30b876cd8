import { lowerBound } from '#shared/memory/lower-bound.ts';
import type { Comparison } from '#shared/contract/recording.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';

/** What a page is in a comparison. */
export const Belongs = { Nowhere: 0, OnlyA: 1, OnlyB: 2, Both: 3 } as const;
export type Belongs = (typeof Belongs)[keyof typeof Belongs];

/** Pages of one kind that follow each other. */
export interface ComparedRun extends PageRange {
  readonly belongs: Belongs;
}

/** The sets of a comparison, found by tile. */
export class ComparedTiles {
  /** Ascending. */
  readonly indexes: readonly number[];
  private readonly a: Uint32Array;
  private readonly b: Uint32Array;
  private readonly slots: ReadonlyMap<number, number>;

  constructor({ indexes, a, b }: Comparison['tiles']) {
    this.indexes = [...indexes];
    this.a = a;
    this.b = b;
    this.slots = new Map(this.indexes.map((tile, slot) => [tile, slot]));
  }

  /** Ors the tile's sets into three masks of 16 words: only A, only B, both. False if nothing is known of it. */
  join(tile: number, masks: Uint32Array): boolean {
    const slot = this.slots.get(tile);
    if (slot === undefined) return false;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const a = this.a[slot * WORDS_PER_TILE + w] ?? 0;
      const b = this.b[slot * WORDS_PER_TILE + w] ?? 0;
      masks[w] = (masks[w] ?? 0) | (a & ~b);
      masks[WORDS_PER_TILE + w] = (masks[WORDS_PER_TILE + w] ?? 0) | (b & ~a);
      masks[2 * WORDS_PER_TILE + w] = (masks[2 * WORDS_PER_TILE + w] ?? 0) | (a & b);
    }
    return true;
  }

  of(page: number): Belongs {
    const slot = this.slots.get(tileOfPage(page));
    if (slot === undefined) return Belongs.Nowhere;
    const bit = page % PAGES_PER_TILE;
    const word = slot * WORDS_PER_TILE + (bit >>> 5);
    const inA = ((this.a[word] ?? 0) >>> (bit & 31)) & 1;
    const inB = ((this.b[word] ?? 0) >>> (bit & 31)) & 1;
    return (inA | (inB << 1)) as Belongs;
  }

  /** Runs of compared pages within `range`, ascending, at most `most`. */
  runs(range: PageRange, most: number): ComparedRun[] {
    const runs: ComparedRun[] = [];
    for (let i = this.firstFrom(tileOfPage(range.start)); i < this.indexes.length; i++) {
      const base = (this.indexes[i] ?? 0) * PAGES_PER_TILE;
      if (base >= range.end) break;
      const end = Math.min(range.end, base + PAGES_PER_TILE);
      for (let page = Math.max(range.start, base); page < end; page++) {
        const belongs = this.of(page);
        if (belongs === Belongs.Nowhere) continue;
        const last = runs.at(-1);
        if (last && last.end === page && last.belongs === belongs) {
          runs[runs.length - 1] = { ...last, end: page + 1 };
        } else if (runs.length === most) return runs;
        else runs.push({ start: page, end: page + 1, belongs });
      }
    }
    return runs;
  }

  private firstFrom(tile: number): number {
    return lowerBound(0, this.indexes.length, (i) => (this.indexes[i] ?? 0) >= tile);
  }
}
