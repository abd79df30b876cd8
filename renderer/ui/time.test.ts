import { describe, expect, it } from 'vitest';
import { formatTime, parseTime, timeTicks } from './time.ts';

describe('times', () => {
  it.each([
    [0, 1, '0:00.0'],
    [7250, 3, '0:07.250'],
    [59_960, 1, '1:00.0'],
    [59_960, 2, '0:59.96'],
    [3_600_000, 0, '1:00:00'],
    [-1500, 1, '−0:01.5'],
    [-2, 1, '0:00.0'],
  ])('%d ms with %d digits', (ms, digits, text) => expect(formatTime(ms, digits)).toBe(text));

  it.each([
    ['0:07.250', 7250],
    ['1:00:00', 3_600_000],
    [' 12.5 ', 12_500],
    ['', null],
    ['1.5:00', null],
    ['1:2:3:4', null],
    ['now', null],
  ])('reads “%s”', (text, ms) => expect(parseTime(text)).toBe(ms));

  it('ticks are round, in the range and no more than asked for', () => {
    expect(timeTicks(950, 4100, 8).map(({ text }) => text)).toEqual([
      '0:01.0',
      '0:01.5',
      '0:02.0',
      '0:02.5',
      '0:03.0',
      '0:03.5',
      '0:04.0',
    ]);
    expect(timeTicks(0, 3_600_000, 5).map(({ text }) => text)).toEqual([
      '0:00',
      '15:00',
      '30:00',
      '45:00',
      '1:00:00',
    ]);
    expect(timeTicks(5, 5, 5)).toEqual([]);
  });
});
