import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { WriteRateMeter } from './write-rates.ts';

const vma = (start: number, end: number): Vma => ({
  ...{ start, end, read: true, write: true, exec: false, kind: 'anon-private', name: '', pgoff: 0 },
  ...{ softDirty: false, flags: '', tracked: true },
});
const vmas = [vma(0, 10), vma(10, 600), vma(1000, 2000)];

function pagesOf(pages: readonly number[], fresh: readonly number[] = []): TileSet {
  const tiles = new TileSet();
  for (const page of [...pages, ...fresh]) tiles.setRun(Plane.Written, page, page + 1);
  for (const page of fresh) tiles.setRun(Plane.Fresh, page, page + 1);
  return tiles;
}

const byVma = (meter: WriteRateMeter, of = vmas): Record<number, number> => {
  const rates = meter.rates(of);
  return Object.fromEntries([...(rates?.starts ?? [])].map((start, i) => [start, rates?.vmaPages[i] ?? 0]));
};

describe('how fast pages are written', () => {
  it('is 40 pages of 20 samples a second: 800 pages/s, at any rate of painting', () => {
    const meter = new WriteRateMeter();
    const forty = Array.from({ length: 40 }, (_, i) => 20 + i);
    for (let i = 0; i <= 60; i++) meter.note(pagesOf(forty), vmas, 'interval', i * 50);
    expect(meter.rates(vmas)).toMatchObject({ pages: 800, spanMs: 1000, timeNs: 3e9 });
    expect(byVma(meter)).toEqual({ 10: 800 });
  });

  it('is that of the last interval if samples are further apart than a second', () => {
    const meter = new WriteRateMeter();
    meter.note(pagesOf([0]), vmas, 'interval', 0);
    meter.note(pagesOf([0, 1, 2, 3, 4, 1000]), vmas, 'interval', 2000);
    expect(meter.rates(vmas)).toMatchObject({ pages: 3, spanMs: 2000 });
    expect(byVma(meter)).toEqual({ 0: 2.5, 1000: 0.5 });
  });

  it('is not known before the second sample, and is reset if the mode changes', () => {
    const meter = new WriteRateMeter();
    meter.note(pagesOf([0]), vmas, 'interval', 0);
    expect(meter.rates(vmas)).toBeNull();
    meter.note(pagesOf([0]), vmas, 'interval', 500);
    expect(meter.rates(vmas)?.pages).toBe(2);
    meter.note(pagesOf([0, 1, 2]), vmas, 'hold', 1000);
    expect(meter.rates(vmas)).toBeNull();
  });

  it('leaves out what counts for its mapping alone', () => {
    const meter = new WriteRateMeter();
    meter.note(pagesOf([]), vmas, 'interval', 0);
    meter.note(pagesOf([1], [2, 3]), vmas, 'interval', 1000);
    expect(meter.rates(vmas)?.pages).toBe(1);
  });

  it('counts a page once until it is cleared in mode hold, and again when it is written after that', () => {
    const meter = new WriteRateMeter();
    meter.note(pagesOf([1, 2, 3]), vmas, 'hold', 0);
    meter.note(pagesOf([1, 2, 3, 4]), vmas, 'hold', 1000);
    expect(meter.rates(vmas)?.pages).toBe(1);
    meter.cleared({ start: 2, end: 4 });
    // Pages 2 and 3 are cleared; 3 is written again before the next sample.
    meter.note(pagesOf([1, 3, 4]), vmas, 'hold', 2000);
    expect(meter.rates(vmas)?.pages).toBe(1);
    meter.note(pagesOf([1, 2, 3, 4]), vmas, 'hold', 3000);
    expect(meter.rates(vmas)?.pages).toBe(1);
    meter.note(pagesOf([]), vmas, 'hold', 4000);
    meter.note(pagesOf([1, 2]), vmas, 'hold', 5000);
    expect(meter.rates(vmas)?.pages).toBe(2);
  });

  it('follows a VMA that grew at its start', () => {
    const meter = new WriteRateMeter();
    meter.note(pagesOf([]), vmas, 'interval', 0);
    meter.note(pagesOf([1500, 1501]), vmas, 'interval', 500);
    const grown = [vma(0, 10), vma(900, 2000)];
    meter.note(pagesOf([950]), grown, 'interval', 1000);
    expect(byVma(meter, grown)).toEqual({ 900: 3 });
  });

  it('agrees with sets of pages, in both modes', () => {
    const page = fc.oneof(fc.nat(620), fc.integer({ min: 990, max: 2010 }));
    const samples = fc.array(
      fc.record({ pages: fc.uniqueArray(page, { maxLength: 12 }), gap: fc.integer({ min: 20, max: 700 }) }),
      {
        minLength: 2,
        maxLength: 10,
      },
    );
    fc.assert(
      fc.property(fc.constantFrom<SampleMode>('hold', 'interval'), samples, (mode, list) => {
        const meter = new WriteRateMeter();
        const seen: { from: number; time: number; pages: number[] }[] = [];
        let known = new Set<number>();
        let time = 0;
        list.forEach(({ pages, gap }, i) => {
          const from = time;
          time += gap;
          meter.note(pagesOf(pages), vmas, mode, time);
          const fresh = mode === 'hold' ? pages.filter((one) => !known.has(one)) : pages;
          known = new Set(pages);
          if (i > 0) seen.push({ from, time, pages: fresh });
        });
        const last = seen.filter((sample) => sample.time > time - 1000);
        const span = time - (last[0]?.from ?? 0);
        for (const { start, end } of vmas) {
          const inside = last.flatMap(({ pages }) => pages.filter((one) => one >= start && one < end));
          expect(byVma(meter)[start] ?? 0).toBeCloseTo((inside.length * 1000) / span, 9);
        }
      }),
      { seed: 2026, numRuns: 200 },
    );
  });
});
