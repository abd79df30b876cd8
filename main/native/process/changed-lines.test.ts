import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonLines } from './changed-lines.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'aa', 'ab', 'ba'), { maxLength: 12 });
const text = (list: readonly string[]) => Buffer.from(list.map((line) => `${line}\n`).join(''));

describe('commonLines', () => {
  it('finds whole lines that both have at the beginning and at the end, and as many as there are', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const { prefix, suffix } = commonLines(text(before), text(after));
        let first = 0;
        while (first < before.length && first < after.length && before[first] === after[first]) first++;
        let last = 0;
        while (
          last < before.length - first &&
          last < after.length - first &&
          before.at(-1 - last) === after.at(-1 - last)
        ) {
          last++;
        }
        expect([prefix, suffix]).toEqual([
          text(before.slice(0, first)).length,
          text(before.slice(before.length - last)).length,
        ]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
