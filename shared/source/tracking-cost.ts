import { z } from 'zod';
import { formatCount, plural } from '../plural.ts';

const count = z.number().int().min(0);

/** The current cost of tracking to the watched program. */
export const trackingCostSchema = z.object({
  /** Share of the program's own time that goes into faults of tracking, 0 to 1; null if it is not measured. */
  programShare: z.number().min(0).nullable(),
  /** VMAs that exist only because memory is registered in pieces. */
  addedVmas: count,
  /** The bound of `addedVmas`; 0 if the backend never adds any. */
  maxAddedVmas: count,
  /** Huge pages that are mapped by PTEs now, since the first write to a write-protected one splits it. */
  splitHugePages: count,
  /** Pages that are not registered and whose contents are compared instead. */
  comparedPages: count,
  /** Pages that are written in interval after interval and therefore armed less often. */
  hotPages: count,
  /** A hot page is armed at least once in so many samples; 1 if there are none. */
  hotEvery: z.number().int().min(1),
});
export type TrackingCost = z.infer<typeof trackingCostSchema>;

export const NO_TRACKING_COST: TrackingCost = {
  programShare: null,
  addedVmas: 0,
  maxAddedVmas: 0,
  splitHugePages: 0,
  comparedPages: 0,
  hotPages: 0,
  hotEvery: 1,
};

/** "12 of 1,000 extra VMAs", "37 huge pages split": one phrase each, without those that are zero or not measured. */
export function trackingCostPhrases(cost: TrackingCost): string[] {
  const { programShare, addedVmas, maxAddedVmas, splitHugePages, comparedPages, hotPages, hotEvery } = cost;
  const phrases: string[] = [];
  if (programShare !== null) phrases.push(`tracking costs ${percent(programShare)} of the program's time`);
  if (addedVmas > 0) {
    phrases.push(
      maxAddedVmas > 0
        ? `${formatCount(addedVmas)} of ${plural(maxAddedVmas, 'extra VMA')}`
        : plural(addedVmas, 'extra VMA'),
    );
  }
  if (splitHugePages > 0) phrases.push(`${plural(splitHugePages, 'huge page')} split`);
  if (comparedPages > 0) phrases.push(`${plural(comparedPages, 'page')} compared`);
  if (hotPages > 0)
    phrases.push(
      `${plural(hotPages, 'hot page')} sampled every ${hotEvery === 1 ? 'interval' : plural(hotEvery, 'interval')}`,
    );
  return phrases;
}

function percent(share: number): string {
  if (share > 0 && share < 0.01) return 'less than 1 %';
  return `about ${formatCount(Math.round(share * 100))} %`;
}
