import { z } from 'zod';

/**
 * The ways to see what a real process writes, best first.
 *
 * - `write-protect`: PAGEMAP_SCAN and userfaultfd's asynchronous write-protection, its descriptor taken out of the program
 * - `preload`: the same, the descriptor sent by a small library that is loaded into a program launched from here
 * - `soft-dirty`: pagemap's bit 55 and clear_refs
 * - `compare`: page contents read and compared
 */
export const BACKEND_NAMES = ['write-protect', 'preload', 'soft-dirty', 'compare'] as const;
export const backendNameSchema = z.enum(BACKEND_NAMES);
export type BackendName = z.infer<typeof backendNameSchema>;

/**
 * How mappings that have huge pages are tracked with write-protection.
 *
 * - `split`: like all others; the first write to a huge page after a clear splits it, and it is restored after detaching
 * - `leave`: they are not registered, so their writes are not seen and their huge pages stay
 * - `compare`: they are not registered; their contents are compared, within the budget of compared pages
 */
export const HUGE_POLICIES = ['split', 'leave', 'compare'] as const;
const hugePolicySchema = z.enum(HUGE_POLICIES);
export type HugePolicy = z.infer<typeof hugePolicySchema>;

/** How a real process is tracked; missing fields are selected automatically. */
export const trackingOptionsSchema = z.object({
  /** Missing: the best that works here. */
  backend: backendNameSchema.optional(),
  /** Whether the program may be stopped during each sample, if only that is exact (soft-dirty). */
  freeze: z.boolean().optional(),
  /** Whether every page is armed in each sample, including those that are written all the time (write-protection). */
  exact: z.boolean().optional(),
  /** Clear although another program uses the same bits (soft-dirty); without it they are only read until a clear. */
  clearAnyway: z.boolean().optional(),
  /** Missing: `split`. */
  huge: hugePolicySchema.optional(),
  /** Whether huge pages that tracking split are collapsed again after detaching; missing: yes. */
  restoreHuge: z.boolean().optional(),
});
export type TrackingOptions = z.infer<typeof trackingOptionsSchema>;
