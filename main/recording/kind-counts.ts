import { TIMELINE_KINDS, type TimelineKind } from '#shared/contract/recording.ts';
import { countBits, forEachRun } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { findVma, type Vma, type VmaKind } from '#shared/memory/vma.ts';

export const KINDS = TIMELINE_KINDS.length;

const KIND_OF: Readonly<Record<VmaKind, TimelineKind>> = {
  heap: 'heap',
  stack: 'stack',
  'anon-private': 'anon',
  'anon-shared': 'shared',
  'file-private': 'file',
  'file-shared': 'shared',
  special: 'other',
};

export function timelineKind(vma: Vma): TimelineKind {
  return KIND_OF[vma.kind];
}

const NUMBERS = Object.fromEntries(
  Object.entries(KIND_OF).map(([kind, name]) => [kind, TIMELINE_KINDS.indexOf(name)]),
) as Readonly<Record<VmaKind, number>>;
const OTHER = TIMELINE_KINDS.indexOf('other');

/** Pages of plane Written by kind of VMA, in the order of TIMELINE_KINDS; ascending `vmas`. */
export function countByKind(tiles: TileSet, vmas: readonly Vma[]): number[] {
  const counts = new Array<number>(KINDS).fill(0);
  const { words } = tiles;
  // The tiles that are in one VMA as a whole, and its kind.
  let [first, end, kind] = [0, 0, OTHER];
  for (let slot = 0; slot < tiles.size; slot++) {
    const at = tiles.offset(slot, Plane.Written);
    const pages = countBits(words, at);
    if (pages === 0) continue;
    const tile = tiles.indexes[slot];
    if (tile < first || tile >= end) {
      const vma = vmas[findVma(vmas, tile * PAGES_PER_TILE)] as Vma | undefined;
      first = tile;
      end = vma ? tileOfPage(vma.end) : 0;
      kind = vma ? NUMBERS[vma.kind] : OTHER;
    }
    const base = tile * PAGES_PER_TILE;
    if (tile < end) counts[kind] += pages;
    else forEachRun(words, at, (from, to) => countRun(counts, vmas, base + from, base + to));
  }
  return counts;
}

function countRun(counts: number[], vmas: readonly Vma[], start: number, end: number): void {
  for (let page = start; page < end;) {
    const index = findVma(vmas, page);
    if (index >= 0) {
      const stop = Math.min(end, vmas[index].end);
      counts[NUMBERS[vmas[index].kind]] += stop - page;
      page = stop;
    } else {
      const stop = Math.min(end, nextStart(vmas, page));
      counts[OTHER] += stop - page;
      page = stop;
    }
  }
}

/** Start of the first VMA above `page`, which is in none. */
function nextStart(vmas: readonly Vma[], page: number): number {
  let low = 0;
  let high = vmas.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (vmas[middle].start > page) high = middle;
    else low = middle + 1;
  }
  return low < vmas.length ? vmas[low].start : Infinity;
}
