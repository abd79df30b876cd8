import { z } from 'zod';
import { timeNsSchema } from './recording.ts';

const amount = z.number().min(0);
const f64 = z.custom<Float64Array>((value) => value instanceof Float64Array);

/**
 * How fast pages are written, counted by the engine in each of its samples: pages newly written in the last second, or in
 * the last interval if that is longer. Does not depend on which frames the window gets or paints.
 */
export const writeRatesSchema = z.object({
  /** Time of the last sample in it. */
  timeNs: timeNsSchema,
  /** What the samples in it cover, in milliseconds. */
  spanMs: amount,
  /** Pages a second, of all VMAs. */
  pages: amount,
  /** VMAs with any, by their first page, in no order; `vmaPages[i]` pages a second belong to `starts[i]`. */
  starts: f64,
  vmaPages: f64,
});
export type WriteRates = z.infer<typeof writeRatesSchema>;
