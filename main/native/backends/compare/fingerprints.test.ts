import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fingerprints, ZERO_PAGE, fingerprint } from './fingerprints.ts';

const WORDS = 1024;
const word = fc.integer({ min: 0, max: 0xffffffff });

describe('fingerprint', () => {
  it('changes with every single word, and with two whose highest bits flip', () => {
    const seen = new Set([ZERO_PAGE.join()]);
    const words = new Uint32Array(WORDS);
    for (let i = 0; i < WORDS; i++) {
      words[i] = 0x80000000;
      seen.add(fingerprint(words, 0).join());
      // The sign of a second number in the same lane.
      words[(i + 4) % WORDS] ^= 0x80000000;
      seen.add(fingerprint(words, 0).join());
      words.fill(0);
    }
    expect(seen.size).toBe(1 + WORDS * 2);
  });

  it('distinguishes pages by where a value is, in both halves', () => {
    fc.assert(
      fc.property(fc.nat(WORDS - 1), fc.nat(WORDS - 1), word, word, (i, j, a, b) => {
        const [x, y] = [new Uint32Array(WORDS), new Uint32Array(WORDS)];
        x[i] = a;
        y[j] = b;
        const same = x.every((value, at) => value === y[at]);
        const [one, two] = [fingerprint(x, 0), fingerprint(y, 0)];
        expect([one[0] === two[0], one[1] === two[1]]).toEqual([same, same]);
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it('reads the given addresses', () => {
    const words = new Uint32Array(WORDS * 3);
    words[WORDS + 17] = 5;
    expect(fingerprint(words, 0)).toEqual(ZERO_PAGE);
    expect(fingerprint(words, WORDS)).not.toEqual(ZERO_PAGE);
    expect(fingerprint(words, WORDS * 2)).toEqual(ZERO_PAGE);
  });
});

describe('Fingerprints', () => {
  it('keeps fingerprints until they are removed', () => {
    const kept = new Fingerprints();
    const pages = [0, 511, 512, 5000, 2 ** 35];
    for (const page of pages) kept.set(page, [page % 997, 0xffffffff]);
    expect(kept.get(511)).toEqual([511, 0xffffffff]);
    expect(kept.get(2 ** 35)).toEqual([2 ** 35 % 997, 0xffffffff]);
    expect(kept.get(1)).toBeNull();
    expect(kept.size).toBe(4);
    kept.forget(511, 5001, (page) => page === 512);
    expect(pages.map((page) => kept.get(page) !== null)).toEqual([true, false, true, false, true]);
    expect(kept.size).toBe(3);
    kept.forget(0, 2 ** 36, () => false);
    expect(kept.size).toBe(0);
  });
});
