/** The lines of --json, field by field: nothing more and nothing less. */
import { z } from 'zod';
import { WRITE_CLASSES } from '#shared/memory/write-counts.ts';

const address = z.string().regex(/^0x[0-9a-f]+$/);
const count = z.number().int().min(0);

const place = {
  function: z.string().min(1).nullable(),
  module: z.string().min(1).nullable(),
  offset: address,
  file: z.string().min(1).nullable(),
  line: z.number().int().positive().nullable(),
} as const;

const write = {
  event: z.literal('write'),
  address,
  tid: count,
  ...place,
  stack: z.array(z.strictObject(place)),
} as const;

/** A line of `soft-dirty writers`. */
export const writersLineSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('armed'),
    pid: count,
    pages: count,
    skipped: z.array(z.strictObject({ start: address, end: address, name: z.string(), reason: z.string() })),
  }),
  z.strictObject(write),
  z.strictObject({
    event: z.literal('detached'),
    reason: z.enum(['duration', 'count', 'interrupt', 'exit', 'exec', 'userfaultfd', 'failed']),
    writes: count,
    pauses: count,
    waitedMs: z.number().min(0),
  }),
]);

/** A line of `soft-dirty watchpoint`. */
export const watchpointLineSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('armed'),
    pid: count,
    address,
    size: z.literal([1, 2, 4, 8]),
    threads: count,
  }),
  z.strictObject({ ...write, before: address.optional(), after: address.optional() }),
  z.strictObject({ event: z.literal(['lost', 'paused']), writes: count }),
  z.strictObject({
    event: z.literal('detached'),
    reason: z.enum(['duration', 'count', 'interrupt', 'exit', 'exec', 'failed']),
    writes: count,
  }),
]);

const period = z.number().int().positive();

/** The line of `soft-dirty watch --counts`. */
export const countsLineSchema = z.strictObject({
  event: z.literal('counts'),
  intervals: count,
  mappings: z.array(
    z.strictObject({
      ...{ start: address, end: address, name: z.string() },
      ...{ every: count, most: count, periodic: count, rare: count, once: count },
      periods: z.array(z.tuple([period, count])),
      written: z.array(z.tuple([address, count, count, z.enum(WRITE_CLASSES), period.nullable()])),
    }),
  ),
});

/**
 * Parses the lines of `text`, each by `schema`; the first is `armed`, the last `detached`, as far as it is whole.
 * @throws Error with the first field that does not fit
 */
export function checkedLines(
  schema: typeof writersLineSchema | typeof watchpointLineSchema,
  text: string,
): void {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => {
      const parsed = schema.safeParse(JSON.parse(line));
      if (!parsed.success) throw new Error(`${z.prettifyError(parsed.error)} in ${line}`);
      return parsed.data.event;
    });
  if (lines[0] !== 'armed' || lines.slice(1).includes('armed')) throw new Error(`begins with ${lines[0]}`);
  if (lines.slice(0, -1).includes('detached')) throw new Error('detached is not the last line');
}
