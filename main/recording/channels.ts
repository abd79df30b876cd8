/** The contents of a recording besides frames: the channels, their schemas, and their JSON. FORMAT.md describes them. */
import { z } from 'zod';
import {
  MARK_COLOURS,
  markSchema,
  operationRecordSchema,
  PROCESS_EVENT_KINDS,
  processEventSchema,
  type OperationRecord,
  type ProcessEvent,
} from '#shared/contract/recording.ts';
import { TIMELINE_KINDS } from '#shared/contract/recording.ts';
import { capabilitiesSchema } from '#shared/source/capabilities.ts';
import { sourceDescriptionSchema } from '#shared/source/description.ts';
import { VMA_KINDS, type Vma } from '#shared/memory/vma.ts';
import { problemText } from '#shared/schema-problem.ts';
import { plural } from '#shared/plural.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { damaged } from './bytes.ts';

/** Version of the whole file; a reader refuses a greater one. */
export const RECORDING_VERSION = 2;
export const PROFILE = 'soft-dirty-inspector';
export const FRAME_ENCODING = 'soft-dirty-frame-2';
export const METADATA = 'soft-dirty-inspector';
export const INDEX_NAME = 'soft-dirty-inspector/index';

/** Channel numbers in files that this program writes; a reader goes by topic. */
export const TOPICS = [
  '/frames',
  '/vmas',
  '/statistics',
  '/operations',
  '/marks',
  '/process_events',
  '/writers',
  '/rerun',
] as const;
export type Topic = (typeof TOPICS)[number];

const number = { type: 'number' };
const integer = { type: 'integer' };
const truth = { type: 'boolean' };
const stringType = { type: 'string' };
const nullable = { type: ['string', 'null'] };
const object = (properties: Record<string, unknown>) => ({ type: 'object', properties });

/** JSON schemas, so that other programs know what can be plotted. */
export const SCHEMAS: Readonly<Record<Topic, { name: string; encoding: string; data: string }>> = {
  // In MCAP a schema without an encoding has no data either; FORMAT.md describes the message.
  '/frames': { name: 'soft_dirty.Frame', encoding: '', data: '' },
  '/vmas': json('soft_dirty.Vmas', {
    vmas: {
      type: 'array',
      items: object({
        ...{ start: integer, end: integer, read: truth, write: truth, exec: truth },
        kind: { type: 'string', enum: VMA_KINDS },
        ...{
          name: stringType,
          pgoff: integer,
          softDirty: truth,
          flags: stringType,
          tracked: truth,
          untracked: stringType,
        },
        ...{ tracking: stringType, reason: stringType },
      }),
    },
  }),
  '/statistics': json('soft_dirty.Statistics', {
    frame: integer,
    mode: { type: 'string', enum: ['hold', 'interval'] },
    written: integer,
    ...Object.fromEntries(TIMELINE_KINDS.map((kind) => [kind, integer])),
    scan_ms: number,
  }),
  '/operations': json('soft_dirty.Operation', {
    action: stringType,
    detail: stringType,
    request: {
      type: ['object', 'null'],
      properties: { start: stringType, len: stringType, vecLen: number, flags: number },
    },
    result: object({
      ok: truth,
      ...{ ret: number, next: { type: ['integer', 'null'] } },
      ...{ errno: stringType, message: stringType },
    }),
    duration_ms: number,
  }),
  '/marks': json('soft_dirty.Mark', {
    id: stringType,
    timeNs: integer,
    note: stringType,
    colour: { type: 'string', enum: MARK_COLOURS },
    removed: truth,
  }),
  '/process_events': json('soft_dirty.ProcessEvent', {
    timeNs: integer,
    kind: { type: 'string', enum: PROCESS_EVENT_KINDS },
    pid: { type: ['integer', 'null'] },
    message: stringType,
  }),
  '/writers': json('soft_dirty.Writers', {
    places: {
      type: 'array',
      items: object({
        function: nullable,
        module: nullable,
        offset: stringType,
        file: nullable,
        line: { type: ['integer', 'null'] },
      }),
    },
    writers: {
      type: 'array',
      items: object({ tid: integer, thread: nullable, stack: { type: 'array', items: integer } }),
    },
    runs: { type: 'array', items: integer },
    ...{ omitted: integer, lost: integer },
  }),
  '/rerun': json('soft_dirty.Rerun', {
    program: stringType,
    from: integer,
    actions: { type: 'array' },
    ends: truth,
  }),
};

function json(title: string, properties: Record<string, unknown>) {
  return { name: title, encoding: 'jsonschema', data: JSON.stringify({ title, ...object(properties) }) };
}

/** The metadata record: the program and settings of the recording, each value as JSON. */
export const recordingInfoSchema = z.object({
  version: z.number().int(),
  /** Release and machine of the kernel. */
  kernel: z.string().max(1000),
  /** Milliseconds since 1970, of the first frame. */
  recordedAt: z.number(),
  hz: z.number(),
  source: sourceDescriptionSchema,
  capabilities: capabilitiesSchema,
  /** Whether it has what a simulated program needs to run again. */
  rerun: z.boolean().optional(),
});
export type RecordingInfo = z.infer<typeof recordingInfoSchema>;

/** A line of the statistics channel: one per frame. */
export const statisticsSchema = z.object({
  frame: z.number().int().min(0),
  mode: z.enum(['hold', 'interval']),
  written: z.number().min(0),
  ...(Object.fromEntries(
    TIMELINE_KINDS.map((kind) => [
      kind,
      z
        .number()
        .min(0)
        .max(2 ** 32 - 1),
    ]),
  ) as Record<(typeof TIMELINE_KINDS)[number], z.ZodNumber>),
  scan_ms: z.number(),
});

const page = z
  .number()
  .int()
  .min(0)
  .max(2 ** 52);
const vmasSchema = z.object({
  vmas: z.array(
    z.object({
      start: page,
      end: page,
      read: z.boolean(),
      write: z.boolean(),
      exec: z.boolean(),
      kind: z.enum(VMA_KINDS),
      name: z.string(),
      pgoff: page,
      softDirty: z.boolean(),
      flags: z.string(),
      tracked: z.boolean(),
      untracked: z.string().optional(),
      tracking: z.enum(['sampled', 'compared', 'pinned']).optional(),
      reason: z.string().optional(),
    }),
  ),
});

/** Bytes of a memory map as JSON: some 80,000 VMAs. A writer stops before it writes a longer one. */
export const MAX_VMAS_BYTES = 16 * 2 ** 20;
const MAX_VMAS_VALUES = 2 ** 21;

/** @throws InspectorError `damaged-file` if they are incomplete, or don't ascend */
export function parseVmas(text: string): Vma[] {
  if (text.length > MAX_VMAS_BYTES) throw damaged(`VMAs in ${plural(text.length, 'byte')}`);
  const { vmas } = parseJson(vmasSchema, text, 'VMAs', MAX_VMAS_VALUES);
  let floor = 0;
  for (const { start, end } of vmas) {
    if (start < floor || end <= start) throw damaged(`a VMA of pages ${start} to ${end} after page ${floor}`);
    floor = end;
  }
  return vmas;
}

/** JSON has no bigint: byte addresses and lengths are decimal text. */
const storedOperationSchema = operationRecordSchema.omit({ timeNs: true, durationNs: true }).extend({
  request: z.object({ start: z.string(), len: z.string(), vecLen: z.number(), flags: z.number() }).nullable(),
  duration_ms: z.number().min(0),
});

/** Characters of what an operation was given, and of its error; longer ones are cut. */
const MAX_OPERATION_DETAIL = 4000;

/** Without its time, which is the message's. */
export function operationText(operation: OperationRecord): string {
  const { action, detail, result, durationNs, request } = operation;
  return JSON.stringify({
    action,
    detail: detail.slice(0, MAX_OPERATION_DETAIL),
    result: result.ok ? result : { ...result, message: result.message.slice(0, MAX_OPERATION_DETAIL) },
    request: request && { ...request, start: String(request.start), len: String(request.len) },
    duration_ms: durationNs / 1e6,
  });
}

export function parseOperation(text: string, timeNs: number): OperationRecord {
  const { duration_ms, request, ...rest } = parseJson(storedOperationSchema, text, 'an operation');
  const whole = (digits: string): bigint => {
    if (!/^-?\d{1,20}$/.test(digits)) throw damaged(`an operation at ${JSON.stringify(digits)}`);
    return BigInt(digits);
  };
  return {
    ...rest,
    timeNs,
    durationNs: duration_ms * 1e6,
    request: request && { ...request, start: whole(request.start), len: whole(request.len) },
  };
}

/** @throws InspectorError `damaged-file` */
export function parseProcessEvent(text: string): ProcessEvent {
  return parseJson(processEventSchema, text, 'a process event');
}

/** A change of one mark: as it is from then on, or gone. */
export const markChangeRecordSchema = z.union([
  z.object({ id: z.string(), removed: z.literal(true) }),
  markSchema,
]);
export type MarkChangeRecord = z.infer<typeof markChangeRecordSchema>;

/** Values that a note may have. */
const MAX_NOTE_VALUES = 1000;

export function parseJson<T>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
  maxValues: number = MAX_NOTE_VALUES,
): T {
  const parsed = schema.safeParse(parseBoundedJson(text, maxValues, what));
  if (!parsed.success) throw damaged(`${what} that cannot be (${problemText(parsed.error)})`);
  return parsed.data;
}
