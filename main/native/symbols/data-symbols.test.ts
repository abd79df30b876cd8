import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataSymbols, type DataSymbol } from './data-symbols.ts';
import { finish } from './in-slices.ts';

const of = (symbols: readonly DataSymbol[]): DataSymbols =>
  finish(DataSymbols.of(symbols, (name) => name.replace(/^_Z/, 'ns::')));

const symbols = fc.array(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 4 }),
    address: fc.bigInt(0n, 200n),
    bytes: fc.nat(80),
  }),
  { maxLength: 40 },
);

describe('data symbols', () => {
  it('within a range are those that overlap it, ascending, aliases once', () => {
    fc.assert(
      fc.property(symbols, fc.bigInt(0n, 250n), fc.bigInt(1n, 60n), (list, start, length) => {
        const places = (some: readonly DataSymbol[]) =>
          some.map(({ address, bytes }) => `${address} ${bytes}`);
        const found = places(of(list).within(start, start + length));
        const expected = list.filter(
          ({ address, bytes }) => bytes > 0 && address < start + length && address + BigInt(bytes) > start,
        );
        expect(new Set(found)).toEqual(new Set(places(expected)));
        expect(new Set(found).size).toBe(found.length);
        const addresses = found.map((place) => Number(place.split(' ')[0]));
        expect(addresses).toEqual([...addresses].sort((a, b) => a - b));
      }),
    );
  });

  it('are found by their names, mangled, demangled, or the last part of it', () => {
    const index = of([
      { name: '_Zworld', address: 16n, bytes: 4 },
      { name: 'plain', address: 32n, bytes: 4 },
      { name: 'empty', address: 64n, bytes: 0 },
    ]);
    for (const name of ['_Zworld', 'ns::world', 'world'])
      expect(finish(index.named(name))).toEqual({ name: 'ns::world', address: 16n, bytes: 4 });
    expect(finish(index.named('plain'))).toMatchObject({ address: 32n });
    expect(finish(index.named('empty'))).toBe(null);
    expect(finish(index.named('ns'))).toBe(null);
  });
});
