import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { unpackCount, type WriteClass, WRITTEN_BEFORE } from '#shared/memory/write-counts.ts';
import { WriteCounts } from './write-counts.ts';

const PAGES = 40;

function tilesOf(pages: Iterable<number>, plane: Plane = Plane.Written): TileSet {
  const tiles = new TileSet();
  for (const page of pages) tiles.setRun(plane, page, page + 1);
  return tiles;
}

/** The definition, one list of times per page. */
function modelOf(times: readonly number[], length: number): { class: WriteClass; period: number | null } {
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  const mean = (times[times.length - 1] - times[0]) / gaps.length;
  const spread = Math.max(mean >= 4 ? 1 : 0, mean / 10);
  if (times.length === length) return { class: 'every', period: null };
  if (times.length === 1) return { class: 'once', period: null };
  const isPeriodic =
    times.length > 2 &&
    Math.min(...gaps) >= 2 &&
    Math.max(...gaps) - Math.min(...gaps) <= spread &&
    times[0] <= mean + spread &&
    length - 1 - times[times.length - 1] <= mean + spread;
  if (isPeriodic) return { class: 'periodic', period: Math.round(mean) };
  return { class: times.length * 2 >= length ? 'most' : 'rare', period: null };
}

/** Pages by habit: at random, every few intervals, or in a part of the time. */
const habit = fc.oneof(
  fc.record({ each: fc.integer({ min: 1, max: 40 }), first: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ from: fc.integer({ min: 0, max: 200 }), until: fc.integer({ min: 0, max: 200 }) }),
  fc.record({ seed: fc.integer({ min: 1, max: 1000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
);
type Habit = typeof habit extends fc.Arbitrary<infer T> ? T : never;

function isWritten(own: Habit, time: number): boolean {
  if ('each' in own) return time >= own.first && (time - own.first) % own.each === 0;
  if ('from' in own) return time >= own.from && time < own.until;
  return (Math.imul(time + 1, own.seed * 2654435761) >>> 8) / 2 ** 24 < own.share;
}

describe('WriteCounts', () => {
  it('counts as a list of all intervals does, for any number of the last', () => {
    fc.assert(
      fc.property(
        fc.array(habit, { minLength: 1, maxLength: PAGES }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 8, max: 210 }),
        fc.option(fc.integer({ min: 0, max: 199 })),
        fc.integer({ min: 0, max: 520 }),
        (habits, intervals, max, reset, first) => {
          const counts = new WriteCounts();
          for (let time = 0; time < intervals; time++) {
            if (time === reset) counts.reset();
            counts.add(tilesOf(habits.flatMap((own, i) => (isWritten(own, time) ? [first + i] : []))));
          }
          const begin = reset !== null && reset < intervals ? reset : 0;
          const length = Math.min(intervals - begin, max);
          expect(counts.length).toBe(intervals - begin);
          const expected = habits.flatMap((own, i) => {
            const times = Array.from({ length }, (_, t) => t).filter((t) =>
              isWritten(own, intervals - length + t),
            );
            return times.length === 0
              ? []
              : [{ page: first + i, count: times.length, ...modelOf(times, length) }];
          });
          expect(counts.pages({ start: 0, end: 2048 }, max)).toEqual(expected);
          // The others are known to have been written before, or never.
          const row = new Uint32Array(512);
          habits.forEach((own, i) => {
            const page = first + i;
            counts.read(Math.floor(page / 512), max, row);
            const packed = row[page % 512];
            if (unpackCount(packed) !== null) return;
            const before = Array.from({ length: intervals - length }, (_, t) => t);
            expect(packed).toBe(before.some((t) => isWritten(own, t)) ? WRITTEN_BEFORE : 0);
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps 4,096 intervals, fewer if they do not fit, and what it drops counts as before', () => {
    const long = new WriteCounts();
    for (let time = 0; time < 4200; time++)
      long.add(tilesOf(time === 0 ? [7, 9] : time % 2 === 0 ? [9] : []));
    expect(long.length).toBeGreaterThanOrEqual(4096);
    expect(long.pages({ start: 0, end: 512 })).toEqual([
      { page: 9, count: 2048, class: 'periodic', period: 2 },
    ]);
    const row = new Uint32Array(512);
    long.read(0, 64, row);
    expect(row[7]).toBe(WRITTEN_BEFORE);

    const small = new WriteCounts(1000);
    const random = (time: number): number[] =>
      Array.from({ length: 40 }, (_, i) => i).filter(
        (i) => Math.imul(time * 40 + i, 2654435761) >>> 31 === 1,
      );
    for (let time = 0; time < 500; time++) small.add(tilesOf(random(time)));
    expect(small.length).toBeLessThan(200);
    const length = small.length;
    for (const { page, count } of small.pages({ start: 0, end: 512 })) {
      const times = Array.from({ length }, (_, t) => 500 - length + t);
      expect(count).toBe(times.filter((time) => random(time).includes(page)).length);
    }
  });

  it('counts hot pages in intervals in which they were not armed, and leaves out fresh ones', () => {
    const counts = new WriteCounts();
    for (let time = 0; time < 16; time++) {
      const tiles = tilesOf([3], time % 8 === 0 ? Plane.Written : Plane.Hot);
      tiles.setRun(Plane.Written, 5, 6);
      tiles.setRun(Plane.Fresh, 5, 6);
      counts.add(tiles);
    }
    expect(counts.pages({ start: 0, end: 512 })).toEqual([
      { page: 3, count: 16, class: 'every', period: null },
    ]);
  });

  it('knows what was written before its first interval', () => {
    const counts = new WriteCounts();
    counts.writtenBefore(tilesOf([600]));
    counts.add(tilesOf([]));
    const row = new Uint32Array(512);
    expect(counts.tiles({ start: 0, end: 2048 })).toEqual([1]);
    expect(counts.read(1, 8, row)).toBe(true);
    expect(row[88]).toBe(WRITTEN_BEFORE);
  });
});
