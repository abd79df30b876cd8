/** Triggers: what happens in the open program, and what the engine does then. */
import { z } from 'zod';
import { MAX_SNAPSHOT_PAGES } from '../source/snapshot.ts';
import { MAX_NOTE, timeNsSchema } from './recording.ts';

/** Maximum number of triggers of a session. */
export const MAX_TRIGGERS = 64;
/** Characters of a command. */
export const MAX_COMMAND = 4096;
/** Bytes of a watched word; its address is a multiple of them. */
export const WORD_SIZES = [1, 2, 4, 8] as const;

const page = z.number().int().min(0);
const count = z.number().int().min(0);
const pagesSchema = z
  .object({ start: page, end: page })
  .refine(({ start, end }) => start < end, 'it has no pages');

/**
 * Memory of the program: pages [start, end), or all mappings of a name as they are at each sample: '[heap]', '[anon:NAME]', a
 * file's path or its last part.
 */
export const triggerMemorySchema = z.union([pagesSchema, z.object({ mapping: z.string().min(1).max(4096) })]);
export type TriggerMemory = Readonly<z.infer<typeof triggerMemorySchema>>;

export const triggerConditionSchema = z.discriminatedUnion('kind', [
  /** A page of it is written. */
  z.object({ kind: z.literal('written'), memory: triggerMemorySchema }),
  /** One sample finds at least that many pages written, of it or (null) of the program. */
  z.object({
    kind: z.literal('pages'),
    memory: triggerMemorySchema.nullable(),
    atLeast: z.number().int().min(1),
  }),
  /** The bytes at an address are written: of sources whose capabilities have `words`. */
  z
    .object({
      kind: z.literal('word'),
      address: z
        .bigint()
        .min(0n)
        .max(2n ** 64n - 1n),
      size: z.literal(WORD_SIZES),
    })
    .refine(
      ({ address, size }) => address % BigInt(size) === 0n,
      'the address is not a multiple of the size',
    ),
]);
export type TriggerCondition = Readonly<z.infer<typeof triggerConditionSchema>>;

export const triggerActionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('mark'), note: z.string().max(MAX_NOTE) }),
  /** The contents of pages, into a separate file. */
  z.object({
    kind: z.literal('snapshot'),
    range: pagesSchema.refine(
      ({ start, end }) => end - start <= MAX_SNAPSHOT_PAGES,
      `it has more than ${MAX_SNAPSHOT_PAGES} pages`,
    ),
  }),
  z.object({ kind: z.literal('pause') }),
  /** The last minutes that are kept, as a separate recording. */
  z.object({ kind: z.literal('save') }),
  z.object({ kind: z.literal('stop-recording') }),
  /** Passed to `/bin/sh -c`; needs a permit. */
  z.object({ kind: z.literal('run'), command: z.string().min(1).max(MAX_COMMAND) }),
]);
export type TriggerAction = Readonly<z.infer<typeof triggerActionSchema>>;

/** `each`: it acts whenever the condition is met, within bounds; else once. */
export const newTriggerSchema = z.object({
  condition: triggerConditionSchema,
  action: triggerActionSchema,
  each: z.boolean(),
});
export type NewTrigger = Readonly<z.infer<typeof newTriggerSchema>>;

export const triggerSchema = newTriggerSchema.extend({
  id: z.string().min(1).max(64),
  enabled: z.boolean(),
  /** Samples in which its condition was met. */
  met: count,
  /** How often it acted, and how often it did not because of the bounds. */
  acted: count,
  withheld: count,
  /** When its condition was met last; null: never. */
  lastNs: timeNsSchema.nullable(),
  /** What the last action made or did; empty if nothing was done yet. */
  result: z.string(),
  /** Why the last action failed, or why it is disabled; null if neither is so. */
  problem: z.string().nullable(),
});
export type Trigger = Readonly<z.infer<typeof triggerSchema>>;

export const triggerListSchema = z.object({ triggers: z.array(triggerSchema).max(MAX_TRIGGERS) });
