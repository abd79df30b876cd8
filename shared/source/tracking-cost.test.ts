import { describe, expect, it } from 'vitest';
import { NO_TRACKING_COST, trackingCostPhrases } from './tracking-cost.ts';

describe('what tracking costs, in words', () => {
  it('names the share of time, the added VMAs with their bound and the split huge pages', () => {
    const cost = { ...NO_TRACKING_COST, programShare: 0.041, addedVmas: 12, maxAddedVmas: 1000 };
    expect(trackingCostPhrases({ ...cost, splitHugePages: 1037 })).toEqual([
      "tracking costs about 4 % of the program's time",
      '12 of 1,000 extra VMAs',
      '1,037 huge pages split',
    ]);
  });

  it('names how often hot pages are sampled', () => {
    expect(trackingCostPhrases({ ...NO_TRACKING_COST, hotPages: 1200, hotEvery: 8 })).toEqual([
      '1,200 hot pages sampled every 8 intervals',
    ]);
  });

  it('leaves out what is zero or not measured, and rounds nothing down to zero', () => {
    expect(trackingCostPhrases(NO_TRACKING_COST)).toEqual([]);
    expect(trackingCostPhrases({ ...NO_TRACKING_COST, programShare: 0 })).toEqual([
      "tracking costs about 0 % of the program's time",
    ]);
    expect(trackingCostPhrases({ ...NO_TRACKING_COST, programShare: 0.002, splitHugePages: 1 })).toEqual([
      "tracking costs less than 1 % of the program's time",
      '1 huge page split',
    ]);
  });
});
