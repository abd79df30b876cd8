import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPage } from '#shared/memory/page.ts';
import { distinctDigits, distinctStartDigits, MIN_ADDRESS_DIGITS } from './address-digits.ts';

const one = (start: number) => ({ start, end: start + 1 });

describe('distinctDigits', () => {
  it('is the least there is if these digits differ already', () => {
    expect(distinctDigits([])).toBe(MIN_ADDRESS_DIGITS);
    expect(distinctDigits([one(0x400), one(0x7f0000401)])).toBe(MIN_ADDRESS_DIGITS);
  });

  it('has the digits in which addresses with the same end differ', () => {
    // 0x7f00_0000_0000 and 0x7f00_1000_0000.
    expect(distinctDigits([one(0x7f0000000), one(0x7f0010000)])).toBe(8);
    expect(distinctDigits([one(0x550000000), one(0x7f0000000)])).toBe(11);
  });

  it('counts every page of a range, also beyond the end of a period', () => {
    expect(distinctDigits([{ start: 0x7f0000000, end: 0x7f0010000 }])).toBe(7);
    expect(distinctDigits([{ start: 0x7f0000000, end: 0x7f0010001 }])).toBe(8);
    expect(distinctDigits([{ start: 0x1ffff, end: 0x20001 }, one(0x40000)])).toBe(8);
  });

  it('is the fewest digits in which pages differ, as their texts show', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(0xf).chain((high) => fc.nat(0x3f).map((low) => high * 0x10000 + low))),
        (pages) => {
          const digits = distinctDigits(pages.map(one));
          const ends = (count: number) =>
            new Set(pages.map((page) => formatPage(page).slice(2).padStart(16, '0').slice(-count))).size;
          expect(ends(digits)).toBe(pages.length);
          if (digits > MIN_ADDRESS_DIGITS) expect(ends(digits - 1)).toBeLessThan(pages.length);
        },
      ),
    );
  });

  it('has pages that are there twice counted once', () => {
    expect(distinctStartDigits([0x400, 0x400, 0x10400])).toBe(8);
  });
});
