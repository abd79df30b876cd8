import type { TriggerMemory } from '#shared/contract/trigger.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import { countBits, forEachRun, testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { intersectRanges, type PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { isNamed } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import type { WrittenState } from '../frames/frame-builder.ts';

/** Pages of some memory that one sample found written. */
export interface FoundPages {
  readonly pages: number;
  /** The first of them; null if there are none. */
  readonly first: number | null;
}

/**
 * The pages that one sample found written: in mode interval those of its interval, in mode hold those that were not written at the
 * sample before.
 */
export class PagesWritten {
  private readonly before = new TileSet();
  private readonly added = new TileSet();
  private mode: SampleMode = 'interval';
  private now: WrittenState = { tiles: new TileSet(), vmas: [] };

  /** Only what is written from now on counts. */
  begin({ tiles }: WrittenState): void {
    this.before.clear();
    joinWrites(this.before, tiles);
  }

  /** The next sample. @param written the state after it */
  next(written: WrittenState, mode: SampleMode): void {
    this.now = written;
    this.mode = mode;
    this.added.clear();
    if (mode === 'interval') return this.before.clear();
    const { tiles } = written;
    for (let slot = 0; slot < tiles.size; slot++) this.addNew(tiles, slot);
    this.begin(written);
  }

  /** The written pages of `memory`; null: of the whole program. */
  in(memory: TriggerMemory | null): FoundPages {
    const tiles = this.mode === 'hold' ? this.added : this.now.tiles;
    const ranges = rangesOf(memory, this.now.vmas);
    let pages = 0;
    let first = Infinity;
    for (let slot = 0; slot < tiles.size; slot++) {
      const at = tiles.offset(slot, Plane.Written);
      if (countBits(tiles.words, at) === 0) continue;
      const base = tiles.indexes[slot] * PAGES_PER_TILE;
      const tile = { start: base, end: base + PAGES_PER_TILE };
      for (const range of ranges) {
        const part = intersectRanges(range, tile);
        if (part === null) continue;
        forEachRun(tiles.words, at, (from, to) => {
          const run = intersectRanges(part, { start: base + from, end: base + to });
          if (run === null) return;
          pages += run.end - run.start;
          first = Math.min(first, run.start);
        });
      }
    }
    return { pages, first: pages === 0 ? null : first };
  }

  private addNew(tiles: TileSet, slot: number): void {
    const tile = tiles.indexes[slot];
    const at = tiles.offset(slot, Plane.Written);
    if (countBits(tiles.words, at) === 0) return;
    const known = this.before.find(tile);
    const knownAt = known < 0 ? -1 : this.before.offset(known, Plane.Written);
    forEachRun(tiles.words, at, (from, to) => {
      for (let i = from; i < to; i++) {
        if (knownAt >= 0 && testBit(this.before.words, knownAt, i)) continue;
        const page = tile * PAGES_PER_TILE + i;
        this.added.setRun(Plane.Written, page, page + 1);
      }
    });
  }
}

/** The pages that `memory` has now; mappings of a name are those with it, or of a file whose path ends with it. */
export function rangesOf(memory: TriggerMemory | null, vmas: WrittenState['vmas']): readonly PageRange[] {
  if (memory === null) return [{ start: 0, end: Infinity }];
  if (!('mapping' in memory)) return [memory];
  const { mapping } = memory;
  return vmas.filter((vma) => isNamed(vma, mapping));
}
