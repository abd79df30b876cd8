/**
 * The step player: plays a simulated program in sub-steps, forward and back. A sub-step is one thing that the
 * processor or the kernel does: a TLB lookup, one level of a walk, a fault, an entry that is set, a VMA that is split.
 */
import { z } from 'zod';
import { WALK_LEVELS } from '../source/page-walk.ts';

const page = z.number().int().min(0);
const count = z.number().int().min(0);

export const SUB_STEP_KINDS = [
  /** A system call, or a request to procfs, begins; it ends. */
  'call',
  'return',
  /** A call that changes nothing: it reads pagemap, lists VMAs, switches to another process. */
  'query',
  'tlb',
  'walk',
  'fault',
  /** What the fault handler does before it sets an entry: the VMA is found, a page allocated, copied. */
  'handler',
  /** Entries of one page table are set, write-protected, cleared. */
  'entry',
  'vma',
  /** A huge page is mapped, split, collapsed, unmapped. */
  'huge',
  /** A table is made, freed, moved. */
  'table',
  'flush',
  'process',
  'signal',
  /** A defect of the posted ioctl shows. */
  'defect',
] as const;
export type SubStepKind = (typeof SUB_STEP_KINDS)[number];

/** Pages [start, start + pages). */
const pagesSchema = z.object({ start: page, pages: z.number().int().min(1) });

/** Entries of one table that a sub-step reads or changes. */
const touchedEntriesSchema = z.object({
  process: count,
  level: z.enum(WALK_LEVELS),
  /** First page under the table's entry 0; with `level` it identifies the table. */
  base: page,
  /** [first index, entries], ascending. */
  runs: z.array(z.tuple([z.number().int().min(0).max(511), z.number().int().min(1).max(512)])),
  /** Flags that some of the entries gained and lost: P, RW, SD, …; both empty if they were read only. */
  set: z.array(z.string()),
  cleared: z.array(z.string()),
});
export type TouchedEntries = z.infer<typeof touchedEntriesSchema>;

/** What the views highlight. */
const touchedSchema = z.object({
  /** VMAs of the current process, by their pages. */
  vmas: z.array(pagesSchema),
  /** Pages on the map. */
  pages: z.array(pagesSchema),
  entries: z.array(touchedEntriesSchema),
  /** First pages of TLB entries. */
  tlb: z.array(page),
  registers: z.array(z.enum(['CR2', 'CR3', 'error code'])),
});
export type Touched = z.infer<typeof touchedSchema>;

export const subStepSchema = z.object({
  /** Counted from 1 over the whole program. */
  number: z.number().int().min(1),
  /** Index of the call that it belongs to. */
  call: count,
  kind: z.enum(SUB_STEP_KINDS),
  /** The kernel function that it represents, `do_wp_page()`, or `processor`. */
  function: z.string(),
  /** One sentence. */
  sentence: z.string(),
  /** The second level of detail; may be empty. */
  detail: z.array(z.string()),
  process: count,
  /** Whether the state of the machine differs after it. */
  changes: z.boolean(),
  touched: touchedSchema,
});
export type SubStep = z.infer<typeof subStepSchema>;

/** A system call or an access of the program, as far as the player got. */
export const stepCallSchema = z.object({
  index: count,
  /** Index in the scenario's steps; null: it was added manually, or the program is not a scenario. */
  origin: count.nullable(),
  /** `mprotect(0x100000000, 8192, r)`. */
  text: z.string(),
  /** What it returned: `0`, `EINVAL`, `SIGSEGV at page 3`. */
  result: z.string(),
  /** Sub-steps before it. */
  first: count,
  subSteps: count,
  process: count,
});
export type StepCall = z.infer<typeof stepCallSchema>;

/** Registers of the processor that concern paging. */
const registersSchema = z.object({
  /** Number of the process whose page table CR3 points to. */
  cr3: count,
  /** Page of the last fault; null before the first. */
  cr2: page.nullable(),
  /** Error code of the last fault: P, W, U; null before the first. */
  errorCode: z.array(z.enum(['P', 'W', 'U'])).nullable(),
});

const tlbEntrySchema = z.object({
  page,
  pages: z.number().int().min(1),
  writable: z.boolean(),
  dirty: z.boolean(),
});

const steppedProcessSchema = z.object({
  id: count,
  parent: count.nullable(),
  alive: z.boolean(),
});

export const stepsStateSchema = z.object({
  title: z.string(),
  description: z.string(),
  /** Sub-steps done. */
  position: count,
  /** Sub-steps known so far: those of the calls that ran once. */
  known: count,
  /** Whether no call follows the last known one. */
  complete: z.boolean(),
  /** Calls known so far. */
  calls: count,
  /** Calls of the whole program; null: it has no end (a workload). */
  totalCalls: count.nullable(),
  /** The last sub-step done; null at the beginning. */
  current: subStepSchema.nullable(),
  /** The call of that sub-step. */
  call: stepCallSchema.nullable(),
  /** The process that runs: the one on the map. */
  process: count,
  processes: z.array(steppedProcessSchema),
  registers: registersSchema,
  /** Contents of the TLB, oldest first. */
  tlb: z.array(tlbEntrySchema),
  /** Sub-steps done at the position that is kept to be compared (step-comparison.ts); null: none is kept. */
  kept: count.nullable(),
  /** Why the program cannot continue; null while it can. */
  failure: z.string().nullable(),
});
export type StepsState = z.infer<typeof stepsStateSchema>;

export const stepsMoveSchema = z.discriminatedUnion('to', [
  z.object({ to: z.literal('forward') }),
  z.object({ to: z.literal('back') }),
  /** To the end of this call, or of the next where this one is done. */
  z.object({ to: z.literal('next-call') }),
  /** To the beginning of this call, or of the previous one. */
  z.object({ to: z.literal('previous-call') }),
  z.object({ to: z.literal('start') }),
  /** To the last sub-step; of a program without an end, to the last known one. */
  z.object({ to: z.literal('end') }),
  /** To that many sub-steps done; the nearest if there are fewer. */
  z.object({ to: z.literal('number'), number: count }),
  /** After the given number of calls. */
  z.object({ to: z.literal('call'), call: count }),
  /** To the next sub-step that changes these pages: their entries, or their VMA; `back`: the previous one. */
  z.object({ to: z.literal('change'), pages: pagesSchema, back: z.boolean() }),
]);
export type StepsMove = z.infer<typeof stepsMoveSchema>;

/** Where a move ended; `found` false: there is no such sub-step, and nothing has moved. */
export const stepsMoveReplySchema = z.object({ state: stepsStateSchema, found: z.boolean() });

/** Most sub-steps of one list. */
export const MAX_LISTED_SUB_STEPS = 1000;

export const stepsListRequestSchema = z.object({
  /** Sub-steps before the first of the list. */
  from: count,
  count: z.number().int().min(1).max(MAX_LISTED_SUB_STEPS),
});
export const stepsListReplySchema = z.object({
  subSteps: z.array(subStepSchema),
  /** The calls that they belong to. */
  calls: z.array(stepCallSchema),
});

/**
 * An access of the current process to a page, beside its program: the sub-steps it causes come after the current call. What
 * followed there is undone and runs again.
 */
export const stepsAccessSchema = z.object({ page, write: z.boolean() });
