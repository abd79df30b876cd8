/** The tagged union that crosses the MessagePort. Payloads are parsed by name with the schemas of the maps. */
import { z } from 'zod';
import { inspectorErrorSchema } from './errors.ts';
import { MAX_PERMITS } from './permit.ts';
import { permitSchema } from './permit-schema.ts';

/** Window → engine. */
export const toEngineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('request'),
    id: z.number().int(),
    name: z.string(),
    payload: z.unknown(),
    /** Permits signed by the shell, if the command needs them (`permitSubjects`). */
    permits: z.array(permitSchema).max(MAX_PERMITS).optional(),
  }),
  /** The frame is on the screen: the next may come. */
  z.object({ type: z.literal('ack'), sequence: z.number().int() }),
  /** The picture was lost or a frame did not fit: the next one must be a key frame. */
  z.object({ type: z.literal('resync') }),
]);
export type ToEngine = z.infer<typeof toEngineSchema>;

/** Engine → window. */
export const toWindowSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('reply'),
    id: z.number().int(),
    result: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), payload: z.unknown() }),
      z.object({ ok: z.literal(false), error: inspectorErrorSchema }),
    ]),
  }),
  z.object({ type: z.literal('event'), name: z.string(), payload: z.unknown() }),
  z.object({ type: z.literal('frame'), buffer: z.instanceof(ArrayBuffer) }),
]);
export type ToWindow = z.infer<typeof toWindowSchema>;
