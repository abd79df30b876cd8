import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vmasArbitrary } from '../../testing/memory.ts';
import { AddressAxis } from './address-axis.ts';

describe('the address axis', () => {
  it('joins what is adjacent and leaves out what is not mapped, folded or asked for', () => {
    const mapped = [
      { start: 100, end: 200 },
      { start: 200, end: 300 },
      { start: 1000, end: 2000 },
    ];
    const axis = new AddressAxis(mapped, [{ start: 1200, end: 1900 }], { start: 150, end: 1950 }, 512);
    expect(axis.spans.map(({ start, end, skipped }) => [start, end, skipped])).toEqual([
      [150, 300, 0],
      [1000, 1200, 700],
      [1900, 1950, 700],
    ]);
    expect(axis.pages).toBe(400);
    expect(axis.gap).toBe(6);
    expect(axis.scale).toBe(500 / 400);
    expect(axis.yOf(1000)).toBe(150 * 1.25 + 6);
    expect(axis.yOf(1500)).toBeNull();
    expect(axis.extent({ start: 0, end: 9999 })).toEqual({ from: 0, to: 512 });
    expect(axis.extent({ start: 300, end: 1000 })).toBeNull();
  });

  it('maps positions back to their pages, and never leaves its length', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.integer({ min: 20, max: 2000 }), fc.nat(), (vmas, length, seed) => {
        const axis = new AddressAxis(vmas, [], null, length);
        const vma = vmas[seed % vmas.length] ?? vmas[0];
        if (!vma) return;
        const page = vma.start + (seed % (vma.end - vma.start));
        const y = axis.yOf(page);
        expect(y).not.toBeNull();
        expect(y).toBeGreaterThanOrEqual(0);
        expect((y ?? 0) + axis.scale).toBeLessThanOrEqual(length * (1 + 1e-9));
        const found = axis.pagesAt(y ?? 0);
        expect(found?.start).toBeLessThanOrEqual(page);
        expect(found?.end).toBeGreaterThan(page - 1);
        // Every page of a pixel maps to the same pages.
        const first = axis.yOf(found?.start ?? 0);
        if (axis.scale >= 1) expect(found?.end).toBe((found?.start ?? 0) + 1);
        else expect(Math.floor(y ?? 0) - Math.floor(first ?? 0)).toBeLessThanOrEqual(1);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('is empty if nothing is mapped', () => {
    const axis = new AddressAxis([], [], null, 100);
    expect(axis.pagesAt(50)).toBeNull();
    expect(axis.yOf(5)).toBeNull();
  });
});
