import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeHistoryRequestSchema } from '#shared/contract/write-history.ts';
import { vmasArbitrary } from '../../testing/memory.ts';
import { AddressAxis } from './address-axis.ts';
import { AxisBuckets, heatOfCount } from './axis-buckets.ts';

describe('the address axis in lines of device pixels', () => {
  it('has every page in exactly one bucket, as the engine wants them, on the lines where the axis has it', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.constantFrom(40, 300, 9000), fc.constantFrom(1, 1.25, 2), (...drawn) => {
        const [vmas, length, ratio] = drawn;
        const axis = new AddressAxis(vmas, [], null, length);
        const buckets = new AxisBuckets(axis, ratio);
        const request = { range: null, intervals: 1, buckets: buckets.pairs };
        expect(writeHistoryRequestSchema.safeParse(request).success).toBe(true);
        const pages = (spans: Iterable<number>): number => {
          let total = 0;
          [...spans].forEach((page, i) => (total += i % 2 === 0 ? -page : page));
          return total;
        };
        expect(pages(buckets.pairs)).toBe(axis.pages);
        for (const { start, end } of axis.spans) {
          for (const page of [start, Math.floor((start + end) / 2), end - 1]) {
            const bucket = buckets.of(page);
            const range = buckets.range(bucket);
            expect(page >= range.start && page < range.end).toBe(true);
            const y = (axis.yOf(page) ?? NaN) * ratio;
            expect(buckets.rows[2 * bucket]).toBeLessThanOrEqual(Math.round(y) + 1);
            expect(buckets.rows[2 * bucket + 1]).toBeGreaterThanOrEqual(
              Math.min(Math.floor(y), length * ratio),
            );
          }
        }
        expect(buckets.rows.reduce((most, row) => Math.max(most, row), 0)).toBeLessThanOrEqual(
          length * ratio,
        );
      }),
      { seed: 6, numRuns: 40 },
    );
  });

  it('fills the lines that a page spans', () => {
    const buckets = new AxisBuckets(new AddressAxis([{ start: 512, end: 522 }], [], null, 100), 2);
    const bucket = buckets.of(515);
    expect(buckets.range(bucket)).toEqual({ start: 515, end: 516 });
    expect([...buckets.rows.subarray(2 * bucket, 2 * bucket + 2)]).toEqual([60, 80]);
    expect(buckets.capacity).toBe(1);
  });

  it('joins the pages of a line', () => {
    const buckets = new AxisBuckets(new AddressAxis([{ start: 0, end: 2 ** 24 }], [], null, 256), 1);
    expect(buckets.capacity).toBe(2 ** 16);
    const bucket = buckets.of(9_000_001);
    expect(bucket).toBe(Math.floor(9_000_001 / 2 ** 16));
    expect(buckets.range(bucket)).toEqual({
      start: bucket * 2 ** 16,
      end: (bucket + 1) * 2 ** 16,
    });
    expect(buckets.of(2 ** 24)).toBe(-1);
  });

  it('heat rises with the count and is full for all', () => {
    expect(heatOfCount(0, 100)).toBe(0);
    expect(heatOfCount(1, 100)).toBe(96);
    expect(heatOfCount(10, 100)).toBe(Math.round(96 + 159 / 2));
    expect(heatOfCount(100, 100)).toBe(255);
    expect(heatOfCount(1, 1)).toBe(255);
  });
});
