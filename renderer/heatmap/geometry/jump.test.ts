import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPage } from '#shared/memory/page.ts';
import { findVma } from '#shared/memory/vma.ts';
import { nearestMapped, placeNames, resolvePlace } from './jump.ts';
import { vmaOf, vmasArbitrary } from '../../testing/memory.ts';

const vmas = [
  vmaOf(0x400, 0x410, { name: '/usr/bin/cellar' }),
  vmaOf(0x500, 0x540, { name: '[heap]' }),
  vmaOf(0x7f000, 0x7f010, { name: '/lib/libc.so.6' }),
  vmaOf(0x7f010, 0x7f020, { name: '/lib/libc.so.6' }),
  vmaOf(0x80000, 0x80010, { name: 'beef' }),
];
const page = (text: string): number | string => {
  const place = resolvePlace(text, vmas);
  return place.ok ? place.page : place.message;
};

describe('places to go to', () => {
  it('are addresses, names, and names with an offset', () => {
    expect(page('0x500000')).toBe(0x500);
    expect(page(' 500fff ')).toBe(0x500);
    expect(page('0x7f_000_abc')).toBe(0x7f000);
    expect(page('[heap]')).toBe(0x500);
    expect(page('heap')).toBe(0x500);
    expect(page('libc.so.6')).toBe(0x7f000);
    expect(page('/lib/libc.so.6')).toBe(0x7f000);
    expect(page('libc.so.6+0x10000')).toBe(0x7f010);
    expect(page('[heap] + 64K')).toBe(0x510);
    expect(page('CELLAR')).toBe(0x400);
  });

  it('are names before they are addresses, if a mapping has that name', () => {
    expect(page('beef')).toBe(0x80000);
  });

  it('that are not mapped are reported with the nearest mapped one', () => {
    expect(resolvePlace('0x600000', vmas)).toEqual({
      ok: false,
      message: 'Nothing is mapped at 0x600000. The nearest mapped page is 0x53f000.',
      nearest: 0x53f,
    });
    expect(resolvePlace('[heap]+1G', vmas)).toMatchObject({ ok: false, nearest: 0x7f000 });
    expect(resolvePlace('0x1', [])).toMatchObject({ ok: false, nearest: null });
  });

  it('that no processor accepts are non-canonical, by the levels of the page tables', () => {
    expect(page('0x800000000000')).toBe('0x800000000000 is a non-canonical address.');
    expect(page('0xffff7fffffffffff')).toBe('0xffff7fffffffffff is a non-canonical address.');
    expect(page('0x7fffffffffff')).toContain('Nothing is mapped');
    expect(page('0xffffffffff600000')).toContain('Nothing is mapped');
    const high = [...vmas, vmaOf(2 ** 36, 2 ** 36 + 16)];
    expect(resolvePlace('0x800000000000', high)).toMatchObject({
      message: expect.stringContaining('Nothing is mapped') as string,
    });
  });

  it('that are invalid are answered with a sentence', () => {
    expect(page('')).toContain('Type an address');
    expect(page('no such thing')).toContain('No mapping has a name with “no such thing”');
    expect(page('[heap]+lots')).toContain('“lots” is not an offset');
    expect(page('0x')).toContain('not an address');
    expect(page('0x1ffffffffffffffffff')).toContain('not an address');
  });

  it('the nearest page is mapped, and no mapped page is nearer', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.integer({ min: 0, max: 2 ** 32 }), (some, wanted) => {
        const nearest = nearestMapped(some, wanted) ?? NaN;
        expect(findVma(some, nearest)).toBeGreaterThanOrEqual(0);
        const distance = Math.abs(nearest - wanted);
        for (const { start, end } of some) {
          expect(Math.abs(Math.min(Math.max(wanted, start), end - 1) - wanted)).toBeGreaterThanOrEqual(
            distance,
          );
        }
      }),
    );
  });

  it('every mapped page is found by its address', () => {
    fc.assert(
      fc.property(vmasArbitrary, (some) => {
        for (const { start, end } of some) {
          expect(resolvePlace(formatPage(start), some)).toMatchObject({ ok: true, page: start });
          expect(resolvePlace(formatPage(end - 1), some)).toMatchObject({ ok: true, page: end - 1 });
        }
      }),
    );
  });

  it('names are offered once each', () => {
    expect(placeNames(vmas)).toEqual(['cellar', '[heap]', 'libc.so.6', 'beef']);
  });
});
