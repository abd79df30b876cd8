import { describe, expect, it } from 'vitest';
import {
  countClasses,
  countOf,
  packCount,
  unpackCount,
  WRITE_CLASSES,
  type WriteCount,
  WRITTEN_BEFORE,
} from './write-counts.ts';

const periodic = (period: number): WriteCount => ({ count: 9, class: 'periodic', period });

describe('write counts', () => {
  it('are packed without loss, the larger count as the larger number', () => {
    const all = WRITE_CLASSES.flatMap((name) =>
      [1, 2, 63, 4096].map((count): WriteCount => ({
        ...{ count, class: name, period: name === 'periodic' ? 2047 : null },
      })),
    );
    for (const one of all) {
      expect(unpackCount(packCount(one))).toEqual(one);
      expect(packCount(one)).toBeGreaterThan(WRITTEN_BEFORE);
      for (const other of all)
        if (one.count < other.count) expect(packCount(one)).toBeLessThan(packCount(other));
    }
    expect(unpackCount(WRITTEN_BEFORE)).toBeNull();
    expect(countOf(WRITTEN_BEFORE)).toBe(0);
  });

  it('are summed by class and period', () => {
    const every: WriteCount = { count: 9, class: 'every', period: null };
    expect(countClasses([every, periodic(3), periodic(2), periodic(3)])).toEqual({
      pages: { every: 1, most: 0, periodic: 3, rare: 0, once: 0 },
      periods: [
        [3, 2],
        [2, 1],
      ],
    });
  });
});
