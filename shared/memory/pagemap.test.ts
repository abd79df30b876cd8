import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePagemap, PAGEMAP_BITS } from './pagemap.ts';

describe('a pagemap entry', () => {
  it('is decoded without loss', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (entry) => {
        const { bits, pfn, swap } = decodePagemap(entry);
        for (const { bit } of PAGEMAP_BITS)
          expect(bits.includes(bit)).toBe((entry & (1n << BigInt(bit))) !== 0n);
        const low = entry % 2n ** 55n;
        if (swap) expect((swap.offset << 5n) + BigInt(swap.type)).toBe(low);
        else if (pfn !== null) expect(pfn).toBe(low);
        expect(swap !== null).toBe(bits.includes(62));
      }),
    );
  });

  it('names what proc(5) names', () => {
    expect(decodePagemap((1n << 63n) | (1n << 55n) | 0x1234n)).toEqual({
      bits: [63, 55],
      pfn: 0x1234n,
      swap: null,
    });
    expect(decodePagemap((1n << 62n) | (0x77n << 5n) | 3n)).toEqual({
      bits: [62],
      pfn: null,
      swap: { type: 3, offset: 0x77n },
    });
    expect(decodePagemap(0n)).toEqual({ bits: [], pfn: null, swap: null });
  });
});
