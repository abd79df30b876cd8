import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_IS } from '../../syscalls/constants.ts';
import { RegionList } from '../../tracking/region-list.ts';
import { DirtySet } from './dirty-set.ts';
import { PageRanges } from './page-ranges.ts';

/** Small, with tiles' edges in it. */
const PAGES = 1100;
const range = fc
  .tuple(fc.nat(PAGES), fc.nat(PAGES))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

const inside = (page: number, { start, end }: { start: number; end: number }) => page >= start && page < end;

describe('PageRanges', () => {
  it('agrees with a plain set', () => {
    const step = fc.record({ add: fc.boolean(), range });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), range, (steps, asked) => {
        const ranges = new PageRanges();
        const plain = new Set<number>();
        for (const { add, range: r } of steps) {
          if (add) ranges.add(r.start, r.end);
          else ranges.remove(r.start, r.end);
          for (let page = r.start; page < r.end; page++) plain[add ? 'add' : 'delete'](page);
        }
        const found = ranges.within(asked);
        const pages = found.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(pages).toEqual([...plain].filter((page) => inside(page, asked)).sort((a, b) => a - b));
        // Apart: neighbours were joined.
        for (let i = 1; i < found.length; i++) expect(found[i].start).toBeGreaterThan(found[i - 1].end);
        expect(ranges.intersects(asked)).toBe(found.length > 0);
        expect(ranges.empty).toBe(plain.size === 0);
      }),
      { seed: 11 },
    );
  });
});

describe('DirtySet', () => {
  it('returns each page once, written before fresh, the lowest first', () => {
    const some = fc.array(range, { maxLength: 6 });
    fc.assert(
      fc.property(
        some,
        some,
        range,
        fc.option(fc.nat(300), { nil: Infinity }),
        fc.boolean(),
        (written, news, asked, most, holes) => {
          const set = new DirtySet();
          for (const { start, end } of written) set.written.add(start, end);
          for (const { start, end } of news) {
            set.news.add(start, end);
            // Every other page has an entry.
            for (let page = start; page < end; page += 2) set.fresh.add(page, page + 1);
          }
          const other = new DirtySet();
          other.add(set, asked);
          const expected: [number, number][] = [];
          for (let page = asked.start; page < asked.end && expected.length < most; page++) {
            const isWritten = written.some((r) => inside(page, r));
            const isNew = news.some((r) => inside(page, r) && (holes || (page - r.start) % 2 === 0));
            if (isWritten) expected.push([page, PAGE_IS.WRITTEN]);
            else if (isNew) expected.push([page, PAGE_IS.SOFT_DIRTY]);
          }
          for (const source of [set, other]) {
            const out = new RegionList(1);
            source.emit(out, asked, most, holes);
            const taken: [number, number][] = [];
            for (let i = 0; i < out.count; i++) {
              for (let page = out.start(i); page < out.end(i); page++) taken.push([page, out.categories(i)]);
            }
            expect(taken).toEqual(expected);
          }
        },
      ),
      { seed: 12 },
    );
  });

  it('drops pages outside VMAs, and removed ones', () => {
    const set = new DirtySet();
    set.written.add(0, 1000);
    set.news.add(500, 2 ** 30);
    const vma = { start: 400, end: 600 } as Parameters<DirtySet['keepOnly']>[0][number];
    set.keepOnly([vma]);
    set.remove(450, 460);
    const out = new RegionList();
    set.emit(out, { start: 0, end: 2 ** 31 }, Infinity, true);
    expect([...out.toRuns()]).toEqual([400, 50, 460, 140]);
    set.keepOnly([]);
    expect(set.empty).toBe(true);
  });
});
