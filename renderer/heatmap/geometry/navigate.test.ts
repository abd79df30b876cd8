import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { untouchedRanges } from './fold.ts';
import { BandLayout } from './band-layout.ts';
import { nextWritten, step } from './navigate.ts';
import { storeOf, vmaOf, vmasArbitrary } from '../../testing/memory.ts';

describe('the cursor', () => {
  it('walks over every page of every VMA, one after the other, and back', () => {
    const vmas = [vmaOf(10, 14), vmaOf(14, 16), vmaOf(700, 702), vmaOf(90_000, 90_001)];
    const layout = new BandLayout(vmas);
    const pages = vmas.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
    const walk = (from: number, dx: number): number[] => {
      const seen = [from];
      for (;;) {
        const next = step(layout, seen.at(-1) ?? 0, dx, 0);
        if (next === null || next === seen.at(-1)) return seen;
        seen.push(next);
      }
    };
    expect(walk(10, 1)).toEqual(pages);
    expect(walk(90_000, -1)).toEqual(pages.reverse());
  });

  it('stays on shown pages in every direction', () => {
    const move = fc.tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(vmasArbitrary, fc.array(move, { maxLength: 20 }), (vmas, moves) => {
        const layout = new BandLayout(vmas, untouchedRanges(vmas, []));
        let page = vmas[0]?.start ?? 0;
        for (const [dx, dy] of moves) {
          page = step(layout, page, dx, dy) ?? -1;
          expect(layout.placeOf(page)).not.toBeNull();
        }
      }),
    );
  });

  it('steps over what is folded', () => {
    const vma = vmaOf(0, 100 * 512);
    const layout = new BandLayout([vma], untouchedRanges([vma], []));
    expect(step(layout, 511, 1, 0)).toBe(99 * 512);
    expect(step(layout, 99 * 512, -1, 0)).toBe(511);
    expect(step(layout, 5, 0, 1)).toBe(99 * 512 + 5);
  });
});

describe('the next written page', () => {
  it('goes through all of them in both directions, and round', () => {
    const written = [3, 4, 700, 5000];
    const store = storeOf([vmaOf(0, 6000)], written);
    const go = (direction: 1 | -1, from: number): number[] => {
      const seen: number[] = [];
      for (let i = 0, page = from; i < 5; i++) seen.push((page = nextWritten(store, page, direction) ?? -1));
      return seen;
    };
    expect(go(1, 0)).toEqual([3, 4, 700, 5000, 3]);
    expect(go(-1, 5999)).toEqual([5000, 700, 4, 3, 5000]);
  });

  it('is null if nothing is written', () => {
    expect(nextWritten(storeOf([vmaOf(0, 600)], [], { present: [[0, 600]] }), 0, 1)).toBeNull();
  });
});
