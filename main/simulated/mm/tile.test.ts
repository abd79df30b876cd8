import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLANES, restoreTile, Tile, tileState, wordMask } from './tile.ts';

const index = fc.integer({ min: 0, max: 511 });
const flags = fc.integer({ min: 0, max: 2 ** PLANES - 1 });

describe('a tile', () => {
  it('stores the flags of every entry independently', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(index, flags), { maxLength: 100 }), (changes) => {
        const tile = new Tile(0);
        const expected = new Map<number, number>();
        for (const [at, after] of changes) {
          tile.change(at, tile.entry(at), after);
          expected.set(at, after);
        }
        for (let at = 0; at < 512; at++) expect(tile.entry(at)).toBe(expected.get(at) ?? 0);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('numbers frames by its base until one differs', () => {
    const tile = new Tile(512);
    tile.frameBase = 1024;
    tile.setFrame(5, 1029);
    expect(tile.frames).toBeNull();
    tile.setFrame(6, 77);
    expect([tile.frame(5), tile.frame(6), tile.frame(7)]).toEqual([1029, 77, 1031]);
  });

  it('is restored from its state', () => {
    const tile = new Tile(0);
    tile.change(3, 0, 1);
    tile.setFrame(3, 99);
    tile.pins = new Map([[3, 2]]);
    const state = tileState(tile);
    tile.change(3, 1, 0);
    tile.pins.clear();
    tile.setFrame(3, 1);
    restoreTile(tile, state);
    expect([tile.entry(3), tile.frame(3), tile.pins]).toEqual([1, 99, new Map([[3, 2]])]);
  });
});

it('wordMask has the bits of a word that lie in a range', () => {
  const naive = (word: number, from: number, to: number): number => {
    let mask = 0;
    for (let bit = 0; bit < 32; bit++) if (word * 32 + bit >= from && word * 32 + bit < to) mask += 2 ** bit;
    return mask;
  };
  fc.assert(
    fc.property(
      fc.nat(15),
      fc.integer({ min: -600, max: 600 }),
      fc.integer({ min: 0, max: 1100 }),
      (word, from, to) => {
        expect(wordMask(word, from, Math.max(from, to))).toBe(naive(word, from, Math.max(from, to)));
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});
