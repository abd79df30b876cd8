import { describe, expect, it } from 'vitest';
import { trackingCostPhrases, NO_TRACKING_COST } from './source/tracking-cost.ts';
import { conditionText } from './contract/trigger-text.ts';
import { plural } from './plural.ts';

describe('a count with its noun', () => {
  it.each([
    [0, '0 pages'],
    [1, '1 page'],
    [2, '2 pages'],
    [1234, '1,234 pages'],
  ])('%d is %s', (count, text) => expect(plural(count, 'page')).toBe(text));

  it('takes a plural that is not made by an s, and verbs', () => {
    expect(plural(1, 'thread was', 'threads were')).toBe('1 thread was');
    expect(plural(3, 'thread was', 'threads were')).toBe('3 threads were');
  });

  it('is used for the cost of tracking and for triggers', () => {
    expect(
      trackingCostPhrases({ ...NO_TRACKING_COST, addedVmas: 1, splitHugePages: 1, hotPages: 1, hotEvery: 2 }),
    ).toEqual(['1 extra VMA', '1 huge page split', '1 hot page sampled every 2 intervals']);
    expect(trackingCostPhrases({ ...NO_TRACKING_COST, addedVmas: 1, maxAddedVmas: 1000 })).toEqual([
      '1 of 1,000 extra VMAs',
    ]);
    expect(conditionText({ kind: 'pages', memory: null, atLeast: 1 })).toBe('1 page written');
  });
});
