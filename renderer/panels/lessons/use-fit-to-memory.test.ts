import { describe, expect, it } from 'vitest';
import { vmaOf } from '#shared/testing/vma.ts';
import { framedRange } from './use-fit-to-memory.ts';

describe('the memory that a lesson shows', () => {
  it('is nothing before the first mapping', () => {
    expect(framedRange([])).toBeNull();
  });

  it('is all mappings that are near one another', () => {
    expect(framedRange([vmaOf(100, 109), vmaOf(300, 310), vmaOf(1_000_000, 1_000_004)])).toEqual({
      start: 100,
      end: 310,
    });
  });

  it('is the first mapping if that is large', () => {
    expect(framedRange([vmaOf(0, 8192), vmaOf(8192, 8200)])).toEqual({ start: 0, end: 8192 });
  });
});
