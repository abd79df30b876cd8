import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';

const every = (step: number, length: number, first = 0) =>
  Array.from({ length: Math.ceil((length - first) / step) }, (_, i) => first + i * step);

function classified(times: readonly number[], length: number) {
  const words = new Uint32Array(length / 32);
  for (const time of times) words[time >>> 5] |= 1 << (time & 31);
  return classify(words, 0, words.length, 0, length);
}

describe('classify', () => {
  it.each([
    [every(1, 64), 'every', null],
    [every(1, 64).slice(1), 'most', null],
    [every(2, 64), 'periodic', 2],
    [every(2, 64, 1), 'periodic', 2],
    [every(20, 64), 'periodic', 20],
    // One interval early or late.
    [[0, 19, 40, 60], 'periodic', 20],
    // A burst.
    [[10, 12, 14, 16], 'rare', null],
    [[0, 1, 2, 3], 'rare', null],
    [[31, 32, 33], 'rare', null],
    [[63], 'once', null],
    [[0, 63], 'rare', null],
    [[0, 20, 50], 'rare', null],
  ] as const)('%j', (times, name, period) => {
    expect(classified(times, 64)).toEqual({ count: times.length, class: name, period });
  });
});
