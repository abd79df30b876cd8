import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import { RegionList } from './region-list.ts';

/** First page and pages: across a tile's end, at the end of 47 bits, beyond 2^32 pages (five levels), across 2^32 bytes. */
const REGIONS = [
  [5, 1],
  [PAGES_PER_TILE - 1, 2],
  [2 ** 20 - 3, 7],
  [2 ** 35 - 9, 8],
  [2 ** 44 + 77, 2 ** 21],
] as const;

function listOf(regions: readonly (readonly [number, number])[]): RegionList {
  const list = new RegionList(1);
  for (const [start, pages] of regions) list.push(start, start + pages, PAGE_IS.WRITTEN);
  return list;
}

const plain = (list: RegionList) =>
  Array.from({ length: list.count }, (_, i) => [list.start(i), list.end(i) - list.start(i)]);

describe('RegionList', () => {
  it('has tile, position and length of a region', () => {
    const list = listOf(REGIONS);
    REGIONS.forEach(([start, pages], i) => {
      expect(list.tile(i)).toBe(Math.floor(start / PAGES_PER_TILE));
      expect(list.position(i)).toBe(start % PAGES_PER_TILE);
      expect(list.length(i)).toBe(pages);
    });
    expect(list.pages).toBe(REGIONS.reduce((sum, [, pages]) => sum + pages, 0));
  });

  it('appends regions of another one, joined where they touch', () => {
    const list = listOf([[3, 2]]);
    list.append(listOf(REGIONS), 0, REGIONS.length);
    expect(plain(list)).toEqual([[3, 3], ...REGIONS.slice(1)]);
    list.append(listOf([[2 ** 45, 1]]), 0, 1);
    expect(plain(list).at(-1)).toEqual([2 ** 45, 1]);
  });

  it('swaps its regions with those of another one', () => {
    const [a, b] = [listOf(REGIONS), listOf([[1, 1]])];
    a.swap(b);
    expect([plain(a), plain(b)]).toEqual([[[1, 1]], REGIONS.map((region) => [...region])]);
    a.push(9, 10, 0);
    expect(plain(b)).toHaveLength(REGIONS.length);
  });
});
