import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CodePlace, WriterRow } from '#shared/contract/writers.ts';
import { OWN_CLASSES, shareOfClass } from './colour-classes.ts';
import { heatOf } from './heat.ts';
import { assignSlots, OTHER_WRITERS, PageWriters, topWriter } from './page-writers.ts';

const placeOf = (name: string): CodePlace => ({
  ...{ function: name, module: '/bin/game', offset: 1n, file: null, line: null },
});
const rowOf = (tid: number, place: number): WriterRow => ({
  ...{ tid, thread: `t${tid}`, place, writes: 1, pages: 1, lastNs: 0, stacks: [] },
});
/** Functions f0, f1, …; row i is function i % functions in thread 1 + i. */
function replyOf(functions: number, rows: number, owners: readonly (readonly [number, number, number])[]) {
  return {
    places: Array.from({ length: functions }, (_, i) => placeOf(`f${i}`)),
    rows: Array.from({ length: rows }, (_, i) => rowOf(i + 1, i % functions)),
    owners: Float64Array.from(owners.flat()),
  };
}
/** Colour of a page: the index of its class, or null if it has none. */
function slotOf(data: PageWriters, page: number): number | null {
  const time = data.times(Math.floor(page / 512))?.[page % 512] ?? 0;
  if (time === 0) return null;
  const heat = heatOf(data.now - (time - 1));
  const slots = Array.from({ length: OWN_CLASSES + 1 }, (_, slot) => slot);
  const found = slots.find((slot) => Math.abs(shareOfClass(slot) - heat) < 0.01);
  if (found === undefined) throw new Error(`no class has heat ${heat}`);
  return found;
}
const names = (data: PageWriters): string[] =>
  data.store.getState().entries.map(({ name, pages }) => `${name} ${pages}`);

describe('PageWriters', () => {
  it('gives the writers of most pages the first colours, by function or by thread', () => {
    const data = new PageWriters();
    // f0: rows 0 and 2 (threads 1 and 3); f1: row 1.
    expect(
      data
        .take(
          replyOf(2, 3, [
            [10, 2, 0],
            [20, 3, 1],
            [511, 2, 2],
          ]),
        )
        .sort(),
    ).toEqual([0, 1]);
    expect(names(data)).toEqual(['f0 4', 'f1 3']);
    expect([9, 10, 11, 12, 20, 511, 512, 513].map((page) => slotOf(data, page))).toEqual([
      null,
      0,
      0,
      null,
      1,
      0,
      0,
      null,
    ]);
    data.groupBy('thread');
    expect(names(data)).toEqual(['t2 (2) 3', 't1 (1) 2', 't3 (3) 2']);
    expect([10, 20, 512].map((page) => slotOf(data, page))).toEqual([1, 0, 2]);
    expect(data.writerOf(21)).toEqual({ code: 'f1', thread: 't2 (2)' });
    expect([9, 12, 19, 23, 513].map((page) => data.writerOf(page))).toEqual([null, null, null, null, null]);
  });

  it('keeps a writer’s colour while ranks change, and joins what is beyond eight', () => {
    const data = new PageWriters();
    const owners = Array.from({ length: 10 }, (_, i) => [100 * i, 20 - i, i] as const);
    data.take(replyOf(10, 10, owners));
    expect(names(data).at(-1)).toBe('Others 23');
    expect(slotOf(data, 800)).toBe(OWN_CLASSES);
    // The last one becomes the first.
    data.take(replyOf(10, 10, [...owners, [1000, 100, 7]]));
    expect(slotOf(data, 0)).toBe(0);
    expect(slotOf(data, 700)).toBe(7);
    data.reset();
    expect(data.times(0)).toBeNull();
    data.take(replyOf(10, 10, [...owners, [1000, 100, 7]]));
    expect(slotOf(data, 700)).toBe(0);
  });

  it('colours the pages of one entry alone, even while it is no longer among the first', () => {
    const data = new PageWriters();
    const owners = Array.from({ length: 10 }, (_, i) => [100 * i, 20 - i, i] as const);
    data.take(replyOf(10, 10, owners));
    const { key = '' } = data.store.getState().entries[7] ?? {};
    expect(data.show(key)).toEqual([0, 1]);
    expect([0, 700, 800].map((page) => slotOf(data, page))).toEqual([null, 7, null]);
    data.take(replyOf(10, 10, [...owners, [1000, 100, 8], [1100, 100, 9]]));
    expect([0, 700, 800, 1000].map((page) => slotOf(data, page))).toEqual([null, 7, null, null]);
    data.show(OTHER_WRITERS);
    expect(slotOf(data, 0)).toBeNull();
    expect(slotOf(data, 700)).toBe(OWN_CLASSES);
    data.show(null);
    expect(slotOf(data, 0)).toBe(0);
  });

  it('reports only tiles that look different', () => {
    const data = new PageWriters();
    data.take(
      replyOf(2, 2, [
        [0, 512, 0],
        [512, 5, 1],
      ]),
    );
    expect(
      data.take(
        replyOf(2, 2, [
          [0, 512, 0],
          [512, 6, 1],
        ]),
      ),
    ).toEqual([1]);
    expect(data.take(replyOf(2, 2, [[512, 6, 1]]))).toEqual([0]);
  });

  it('counts the pages of ranges as one by one', () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 30 })), {
      maxLength: 30,
    });
    const layOut = (parts: readonly (readonly [number, number])[]): [number, number][] => {
      let at = 0;
      return parts.map(([gap, pages]) => {
        const start = at + gap;
        at = start + pages;
        return [start, pages];
      });
    };
    fc.assert(
      fc.property(runs, runs, (owned, wanted) => {
        const owners = layOut(owned).map(([start, pages], i) => [start, pages, i % 3] as const);
        const ranges = layOut(wanted).map(([start, pages]) => ({ start, end: start + pages }));
        const data = new PageWriters();
        data.take(replyOf(3, 3, owners));
        const slow = ranges.map(({ start, end }) => {
          const counts = new Map<string, number>();
          for (let page = start; page < end; page++) {
            const name = data.writerOf(page)?.code;
            if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
          }
          return counts;
        });
        expect(data.sharesOf(ranges)).toEqual(slow);
        for (const [start, pages, row] of owners)
          for (const page of [start, start + pages - 1]) expect(data.writerOf(page)?.code).toBe(`f${row}`);
      }),
      { numRuns: 200, seed: 20_261_129 },
    );
  });

  it('names the writer of most pages of several ranges', () => {
    const shares = [
      new Map([
        ['a', 3],
        ['b', 4],
      ]),
      new Map([['a', 3]]),
    ];
    expect(topWriter(shares)).toEqual({ name: 'a', share: 0.6 });
    expect(topWriter([])).toBeNull();
  });

  it('has a legend for pictures, with names that are not too long', () => {
    const data = new PageWriters();
    const places = [placeOf('f'.repeat(400))];
    data.take({ places, rows: [rowOf(1, 0)], owners: Float64Array.of(3, 1, 0) });
    const { classes } = data.scale;
    expect(classes).toEqual([{ at: shareOfClass(0), text: `${'f'.repeat(48)}… · 1 page` }]);
  });
});

describe('who has which colour', () => {
  it('is the same as before if possible', () => {
    expect(assignSlots([], ['a', 'b'], null).slice(0, 3)).toEqual(['a', 'b', null]);
    expect(assignSlots(['a', 'b'], ['b', 'c', 'a'], null).slice(0, 4)).toEqual(['a', 'b', 'c', null]);
    const nine = [...'abcdefghi'];
    expect(assignSlots(nine.slice(0, 8), ['i', ...nine.slice(1, 8), 'a'], 'a').join('')).toBe('abcdefgi');
    expect(assignSlots([], nine, 'gone').join('')).toBe('abcdefgh');
  });
});
