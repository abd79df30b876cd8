import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { RegionList } from '../region-list.ts';
import { unite } from './pending.ts';

/** Ascending regions, far up in the address space as real ones are. */
const BASE = 0x7f00_0000_0000 / 4096;
const CATEGORIES = [PAGE_IS.WRITTEN, PAGE_IS.WRITTEN | PAGE_IS.HUGE, PAGE_WAS.HOT];
const list = (categories: readonly number[], maxLength: number) =>
  fc
    .array(
      fc.record({
        gap: fc.nat(3),
        pages: fc.integer({ min: 1, max: 4 }),
        categories: fc.constantFrom(...categories),
      }),
      { maxLength },
    )
    .map((parts) => {
      const made = new RegionList(2);
      let at = BASE;
      for (const { gap, pages, categories: own } of parts) {
        made.push(at + gap, at + gap + pages, own);
        at += gap + pages;
      }
      return made;
    });

/** Categories of each page. */
function pagesOf(regions: RegionList): Map<number, number> {
  const pages = new Map<number, number>();
  for (let i = 0; i < regions.count; i++) {
    for (let page = regions.start(i); page < regions.end(i); page++) {
      expect(pages.has(page)).toBe(false);
      pages.set(page, regions.categories(i));
    }
    if (i > 0) expect(regions.start(i)).toBeGreaterThanOrEqual(regions.end(i - 1));
  }
  return pages;
}

describe('two lists of regions', () => {
  it('are united page by page; written takes precedence', () => {
    fc.assert(
      fc.property(list(CATEGORIES, 40), list([PAGE_IS.WRITTEN, PAGE_WAS.TOUCHED], 4), (many, few) => {
        const expected = pagesOf(many);
        for (const [page, categories] of pagesOf(few)) {
          const both = (expected.get(page) ?? 0) | categories;
          const written = (both & PAGE_IS.WRITTEN) !== 0;
          expected.set(page, written ? both & ~(PAGE_WAS.TOUCHED | PAGE_WAS.HOT) : both);
        }
        const ascending = [...expected].sort((a, b) => a[0] - b[0]);
        const out = new RegionList(2);
        unite(many, few, out);
        expect([...pagesOf(out)]).toEqual(ascending);
        out.clear();
        unite(few, many, out);
        expect([...pagesOf(out)]).toEqual(ascending);
      }),
    );
  });
});
