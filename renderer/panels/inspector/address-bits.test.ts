import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USER_PAGES_4_LEVEL, USER_PAGES_5_LEVEL } from '#shared/memory/page.ts';
import type { WalkStep } from '#shared/source/page-walk.ts';
import { levelBits } from './address-bits.ts';

const step = (level: WalkStep['level']): WalkStep => ({
  level,
  index: 0,
  entry: null,
  target: 'unknown',
  bits: [],
});

describe('the split of an address', () => {
  it.each([
    ['four levels', USER_PAGES_4_LEVEL, []],
    ['five levels', USER_PAGES_5_LEVEL, [step('P4D')]],
  ] as const)('into %s puts the address together again', (_name, pages, steps) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: pages - 1 }), (page) => {
        const levels = levelBits({ page, steps: [...steps] });
        const address = levels.reduce((sum, { index, low }) => sum + (BigInt(index) << BigInt(low)), 0n);
        expect(address).toBe(BigInt(page) * 4096n);
        for (const { binary, index, high, low } of levels) {
          expect(parseInt(binary, 2)).toBe(index);
          expect(binary).toHaveLength(high - low + 1);
        }
      }),
    );
  });

  it('names the bits as the processor’s manual does', () => {
    expect(
      levelBits({ page: 0, steps: [] }).map(({ level, high, low }) => `${level} ${high}:${low}`),
    ).toEqual(['PGD 47:39', 'PUD 38:30', 'PMD 29:21', 'PTE 20:12']);
  });
});
