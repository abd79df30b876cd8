/** Two positions of the step player side by side: one that was kept, and the current one. */
import { z } from 'zod';
import { pageWalkSchema } from '../source/page-walk.ts';

const page = z.number().int().min(0);
const count = z.number().int().min(0);

/** Most groups of VMAs, and most runs of entries, that a comparison lists. */
export const MAX_COMPARED_ROWS = 200;

const comparedPositionSchema = z.object({
  /** Sub-steps done. */
  position: count,
  /** The last of them; empty at the beginning. */
  sentence: z.string(),
  function: z.string(),
  /** The call of that sub-step, `clear_refs`; empty at the beginning. */
  call: z.string(),
  /** The process that ran. */
  process: count,
});
export type ComparedPosition = z.infer<typeof comparedPositionSchema>;

const comparedVmaSchema = z.object({
  start: page,
  end: page,
  /** `rw-p`, as /proc/PID/maps shows it. */
  permissions: z.string(),
  /** VmFlags of smaps, two letters each. */
  flags: z.array(z.string()),
});
export type ComparedVma = z.infer<typeof comparedVmaSchema>;

const comparedEntriesSchema = z.object({
  start: page,
  pages: z.number().int().min(1),
  /** Whether a huge page maps them. */
  huge: z.object({ before: z.boolean(), after: z.boolean() }),
  /** Names of the entries' flags; empty: no entry. */
  before: z.array(z.string()),
  after: z.array(z.string()),
});

export const stepsCompareRequestSchema = z.object({
  /** The page whose walk is compared; null: none. */
  page: page.nullable(),
});

export const stepComparisonSchema = z.object({
  before: comparedPositionSchema,
  after: comparedPositionSchema,
  /** The walk of the page at both positions; null if none was asked for. */
  walk: z.object({ before: pageWalkSchema, after: pageWalkSchema }).nullable(),
  /**
   * VMAs that differ, in groups that overlap: a split has one before and two after. A new VMA has none before, one that was
   * unmapped none after.
   */
  vmas: z.array(z.object({ before: z.array(comparedVmaSchema), after: z.array(comparedVmaSchema) })),
  /** Groups beyond MAX_COMPARED_ROWS. */
  moreVmas: count,
  /** VMAs that are the same. */
  sameVmas: count,
  /** Neighbouring entries that differ alike, ascending. */
  entries: z.array(comparedEntriesSchema),
  /** Runs beyond MAX_COMPARED_ROWS. */
  moreEntries: count,
  /** Pages whose entries differ. */
  pages: count,
});
export type StepComparison = z.infer<typeof stepComparisonSchema>;
