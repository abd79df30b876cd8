import { z } from 'zod';

export const WALK_LEVELS = ['PGD', 'P4D', 'PUD', 'PMD', 'PTE'] as const;

/** One level of a page-table walk (x86-64: 9 index bits a level). */
export const walkStepSchema = z.object({
  level: z.enum(WALK_LEVELS),
  /** Index into this level's table, 0 … 511. */
  index: z.number().int().min(0).max(511),
  /** The entry's value; null where it is not known (only the address was split) or was not reached. */
  entry: z.bigint().nullable(),
  /** Names of the bits set: P, RW, US, A, D, PS, SD (soft-dirty), NX, SWAP, … */
  bits: z.array(z.string()),
});

/** How one page is reached, from the top down, and how it counts. */
export const pageWalkSchema = z.object({
  page: z.number().int(),
  steps: z.array(walkStepSchema),
  /** The pagemap entry's 64 bits, as /proc/PID/pagemap shows them; null where not known. */
  pagemap: z.bigint().nullable(),
  /** Why the page counts as written, or not, in words. */
  reason: z.string(),
});
export type PageWalk = z.infer<typeof pageWalkSchema>;
