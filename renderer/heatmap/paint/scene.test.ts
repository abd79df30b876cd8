import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnTable } from './scene.ts';

describe('columns of a view', () => {
  it('show every page in some pixel, at any width and place', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 900 }),
        fc.double({ min: 0.05, max: 4, noNaN: true }),
        (pixels, width) => {
          const table = columnTable(pixels, 0, width);
          const seen = new Set<number>();
          for (const entry of new Set(table)) {
            for (let column = entry & 1023; column < ((entry >>> 10) & 1023); column++) seen.add(column);
          }
          const whole = Math.min(512, Math.floor(pixels / width));
          const missed = Array.from({ length: whole }, (_, column) => column).filter(
            (column) => !seen.has(column),
          );
          expect(missed).toEqual([]);
        },
      ),
    );
  });
});
