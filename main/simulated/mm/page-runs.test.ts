import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { PageRuns } from './page-runs.ts';

describe('offsets of runs', () => {
  it('are those of each page, from any page on, even for page numbers beyond 32 bits', () => {
    const piece = fc.record({ gap: fc.nat(9), length: fc.integer({ min: 1, max: 21 }) });
    const first = fc.oneof(fc.nat(50), fc.integer({ min: 2 ** 34, max: 2 ** 34 + 50 }));
    fc.assert(
      fc.property(first, fc.nat(16), fc.array(piece, { maxLength: 12 }), (start, before, pieces) => {
        const runs = new PageRuns();
        const expected: number[] = [];
        const from = Math.max(0, start - before);
        let page = start;
        for (const { gap, length } of pieces) {
          page += gap;
          runs.add(page, page + length);
          for (const end = page + length; page < end; page++) expected.push((page - from) * PAGE_SIZE);
        }
        expect([...runs.offsets(from)]).toEqual(expected);
        const vec = new Float64Array(expected.length + 3).fill(-1);
        expect([...runs.offsets(from, vec)]).toEqual([...expected, -1, -1, -1]);
      }),
      { seed: 20_261_129 },
    );
  });
});
