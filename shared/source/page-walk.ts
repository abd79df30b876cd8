import { z } from 'zod';

export const WALK_LEVELS = ['PGD', 'P4D', 'PUD', 'PMD', 'PTE'] as const;
export type WalkLevel = (typeof WALK_LEVELS)[number];

/** What an entry points to; `unknown` if only the address was split. */
const ENTRY_TARGETS = ['table', 'page', 'huge-page', 'swap', 'marker', 'nothing', 'unknown'] as const;

/** One level of a page-table walk (x86-64: 9 index bits per level). */
const walkStepSchema = z.object({
  level: z.enum(WALK_LEVELS),
  /** Index into this level's table, 0 … 511. */
  index: z.number().int().min(0).max(511),
  /** The entry's value; null if it is not known (only the address was split) or was not reached. */
  entry: z.bigint().nullable(),
  target: z.enum(ENTRY_TARGETS),
  /** Names of the bits set: P, RW, US, A, D, PS, SD (soft-dirty), NX, SWAP, … */
  bits: z.array(z.string()),
});
export type WalkStep = z.infer<typeof walkStepSchema>;

/** Levels from the top with four of them: P4D only exists with five. */
const LEVELS = ['PGD', 'PUD', 'PMD', 'PTE'] as const;

/**
 * The index into each level's table, if the tables themselves are not known: each level takes 9 bits of the page number.
 *
 * @param last the lowest level: PMD of a huge page
 * @param bits names of the flags of the last entry
 */
export function splitAddress(page: number, last: 'PMD' | 'PTE', bits: string[]): WalkStep[] {
  const levels = LEVELS.slice(0, LEVELS.indexOf(last) + 1);
  return levels.map((level, i) => ({
    level,
    index: Math.floor(page / 512 ** (LEVELS.length - 1 - i)) % 512,
    entry: null,
    target: 'unknown',
    bits: level === last ? bits : [],
  }));
}

/** One thing that can make a page count as written, and whether it does so here. */
const writtenCauseSchema = z.object({
  title: z.string(),
  /** Null: cannot be known here. */
  holds: z.boolean().nullable(),
  /** Whether this source uses it; if not, it is listed for comparison. */
  counts: z.boolean(),
  detail: z.string(),
});
export type WrittenCause = z.infer<typeof writtenCauseSchema>;

/** Something that happened to the page's entry or to VM_SOFTDIRTY of its VMA. */
const pageEventSchema = z.object({
  /** Counted up from 1 for as long as the page is inspected. */
  number: z.number().int(),
  /** What caused it: a write, a system call, the kernel. */
  cause: z.string(),
  /** What changed in the entry. */
  effect: z.string(),
  /** The effect on whether the page counts as written. */
  bit: z.enum(['set', 'cleared', 'same']),
});
export type PageEvent = z.infer<typeof pageEventSchema>;

/** One thing that happened to a page between its last clear and now. */
const chainLinkSchema = z.object({
  /** Its sub-step, or its step of the program: `numbers` of the chain. 0: before the first one. */
  number: z.number().int().min(0),
  /** The call in which it happened. */
  call: z.string(),
  cause: z.string(),
  /** The flags that changed: `+RW +SD`. */
  effect: z.string(),
  bit: z.enum(['set', 'cleared', 'same']),
});
export type ChainLink = z.infer<typeof chainLinkSchema>;

/** Why a page counts as written, from its last clear on. */
const writtenChainSchema = z.object({
  /** Where it begins: a call that cleared the page, or the beginning of the program. */
  since: z.string(),
  /** What the links count: sub-steps of the step player, or steps of a program that runs by itself. */
  numbers: z.enum(['sub-steps', 'steps']),
  /** Oldest first. */
  links: z.array(chainLinkSchema),
});
export type WrittenChain = z.infer<typeof writtenChainSchema>;

/** The page in one process: its entry, and the frame that a fork made shared. */
const sharedPageSchema = z.object({
  process: z.number().int().min(0),
  parent: z.number().int().min(0).nullable(),
  /** Flags of its entry; empty: none. */
  bits: z.array(z.string()),
  /** Number of the frame; null if no fork shares it. */
  frame: z.number().int().nullable(),
  /** Entries of all processes that refer to it. */
  users: z.number().int().min(0),
});
export type SharedPage = z.infer<typeof sharedPageSchema>;

/** How one page is reached, from the top down, and how it counts. */
export const pageWalkSchema = z.object({
  page: z.number().int(),
  steps: z.array(walkStepSchema),
  /** The pagemap entry's 64 bits, as /proc/PID/pagemap shows them; null if not known. */
  pagemap: z.bigint().nullable(),
  /** Why the page counts as written, or not. */
  reason: z.string(),
  causes: z.array(writtenCauseSchema),
  /**
   * The last events of the page since it is inspected, oldest first; null if the source has none. A source that has them
   * starts with the first walk, and continues while walks of the same page follow.
   */
  events: z.array(pageEventSchema).nullable(),
  /** Exact, if a simulated program is played by sub-steps or was recorded; missing for other sources. */
  chain: writtenChainSchema.exactOptional(),
  /** The page in every process that is alive, if there are several; missing for other sources. */
  sharing: z.array(sharedPageSchema).exactOptional(),
});
export type PageWalk = z.infer<typeof pageWalkSchema>;
