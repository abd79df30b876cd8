import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOf, orderFor, stepAt } from './hilbert.ts';

const cell = (order: number, d: number): { x: number; y: number } => {
  const out = { x: 0, y: 0 };
  cellOf(order, d, out);
  return out;
};

describe('the Hilbert curve', () => {
  it.each([0, 1, 2, 3, 4, 5])('of order %i visits every cell once, each next to the one before', (order) => {
    const seen = new Set<string>();
    let before: { x: number; y: number } | null = null;
    for (let d = 0; d < 4 ** order; d++) {
      const { x, y } = cell(order, d);
      expect(x >= 0 && y >= 0 && x < 2 ** order && y < 2 ** order).toBe(true);
      seen.add(`${x} ${y}`);
      if (before) expect(Math.abs(x - before.x) + Math.abs(y - before.y)).toBe(1);
      before = { x, y };
    }
    expect(seen.size).toBe(4 ** order);
  });

  it('goes there and back, neighbours adjacent, at any order', () => {
    const place = fc
      .integer({ min: 1, max: 20 })
      .chain((order) => fc.tuple(fc.constant(order), fc.integer({ min: 0, max: 4 ** order - 2 })));
    fc.assert(
      fc.property(place, ([order, d]) => {
        const here = cell(order, d);
        expect(stepAt(order, here.x, here.y)).toBe(d);
        const next = cell(order, d + 1);
        expect(Math.abs(next.x - here.x) + Math.abs(next.y - here.y)).toBe(1);
      }),
      { seed: 20_261_123 },
    );
  });

  it('joins runs of 4^m steps in squares, in the order of the coarser curve up to a turn', () => {
    const place = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(place, fc.nat(1000), ([order, m], run) => {
        const block = run % 4 ** order;
        const cells = Array.from({ length: 4 ** m }, (_, i) => cell(order + m, block * 4 ** m + i));
        const squares = new Set(
          cells.map(({ x, y }) => `${Math.floor(x / 2 ** m)} ${Math.floor(y / 2 ** m)}`),
        );
        expect(squares.size).toBe(1);
      }),
      { seed: 20_261_123 },
    );
  });

  it('has the smallest square that has room', () => {
    expect([1, 2, 4, 5, 16, 17, 2 ** 24].map(orderFor)).toEqual([0, 1, 1, 2, 2, 3, 12]);
  });
});
