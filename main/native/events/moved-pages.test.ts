import { describe, expect, it } from 'vitest';
import { vmaOf } from '#shared/testing/vma.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import { RegionList } from '../tracking/region-list.ts';
import { movedPages } from './moved-pages.ts';
import { addPages, type PageWords } from './page-words.ts';

type Runs = readonly (readonly [start: number, end: number])[];

function reportedAs(runs: Runs): RegionList {
  const list = new RegionList();
  for (const [start, end] of runs) list.push(start, end, PAGE_IS.WRITTEN);
  return list;
}

function setOf(runs: Runs): PageWords {
  const pages: PageWords = new Map();
  for (const [start, end] of runs) addPages(pages, start, end);
  return pages;
}

/** What is taken as moved, where `had` are the pages before and `reported` those found written. */
const moved = (before: readonly Vma[], after: readonly Vma[], had: Runs, reported: Runs) =>
  movedPages(before, after, setOf(had), reportedAs(reported));

describe('pages of a mapping that moved', () => {
  const other = vmaOf(5000, 5010);
  /** Pages of mapping 100 … 115 and one after its end; `found`: the same 800 pages further. */
  const had: Runs = [
    [100, 116],
    [130, 131],
  ];
  const found: Runs = [
    [900, 916],
    [930, 931],
  ];

  it('are those at the same places of the new mapping', () => {
    expect(moved([vmaOf(100, 140), other], [vmaOf(900, 940), other], had.slice(0, 1), [[900, 916]])).toEqual([
      [900, 916],
    ]);
  });

  it('are none if one of them is not reported there', () => {
    expect(moved([vmaOf(100, 140), other], [vmaOf(900, 940), other], had.slice(0, 1), [[900, 915]])).toEqual(
      [],
    );
  });

  it('include those of a part that it grew by since the list of VMAs was read', () => {
    expect(moved([vmaOf(100, 116), other], [vmaOf(900, 940), other], had, found)).toEqual(found);
  });

  it('do not include pages after it that did not move with it', () => {
    expect(moved([vmaOf(100, 116), other], [vmaOf(900, 940), other], had, [[900, 916]])).toEqual([
      [900, 916],
    ]);
  });

  it('do not include pages of the next mapping', () => {
    const next = vmaOf(116, 140);
    expect(moved([vmaOf(100, 116), next], [next, vmaOf(900, 940)], had, found)).toEqual([[900, 916]]);
  });
});

describe('thousands of mappings that are replaced between two samples', () => {
  const COUNT = 3000;
  const numbers = Array.from({ length: COUNT }, (_, i) => i);
  /** Mapping `i` of those at `base` has its first `pages(i)` pages. */
  const mappings = (base: number) => numbers.map((i) => vmaOf(base + i * 40, base + i * 40 + 20));
  const firstPages = (base: number, pages: (i: number) => number): Runs =>
    numbers.map((i) => [base + i * 40, base + i * 40 + pages(i)]);
  const replaced = (had: (i: number) => number, found: (i: number) => number) =>
    moved(mappings(0), mappings(1_000_000), firstPages(0, had), firstPages(1_000_000, found));

  it('are compared by what they have in common', () => {
    expect(
      replaced(
        () => 3,
        (i) => 2 + (i % 3),
      ).reduce((sum, [from, to]) => sum + to - from, 0),
    ).toBe(
      // Those of which three pages or more were found: it is not known that their fourth one was moved.
      numbers.filter((i) => i % 3 > 0).length * 3,
    );
  });

  it('are all taken as moved where there are too many to compare', () => {
    const found = replaced(
      (i) => 1 + (i % 19),
      () => 1,
    );
    expect(found.reduce((sum, [from, to]) => sum + to - from, 0)).toBe(COUNT);
  });
});
