import { z } from 'zod';
import { newMarkSchema } from '#shared/contract/recording.ts';

/** A request is one line of JSON, and so is its reply; several follow each other on one connection. */
export const MAX_CONTROL_LINE = 16 * 1024;

const { note } = newMarkSchema.shape;

/** What `soft-dirty mark` requests. A note is null if the inspector is to name it. */
export const controlRequestSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('state') }),
  z.object({ command: z.literal('mark'), note }),
  z.object({ command: z.literal('phase'), note: note.nullable() }),
  z.object({ command: z.literal('start') }),
  z.object({ command: z.literal('stop') }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

const stateSchema = z.object({
  /** What is open, as its title; null if nothing is. */
  title: z.string().nullable(),
  /** The process that is tracked; null if none is. */
  target: z.number().int().nullable(),
  /** The file that is being recorded to. */
  recording: z.string().nullable(),
});
export type ControlState = z.infer<typeof stateSchema>;

export const controlReplySchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    state: stateSchema,
    /** Time of a mark or phase since the session began, in nanoseconds. */
    timeNs: z.number().nullable(),
    /** That time since the first frame of the recording, in nanoseconds; null if nothing is recorded. */
    recordingNs: z.number().nullable().default(null),
    /** Pages that were written in a phase. */
    writtenPages: z.number().nullable(),
    note: z.string().nullable(),
  }),
  z.object({ ok: z.literal(false), message: z.string(), remedy: z.string() }),
]);
export type ControlReply = z.infer<typeof controlReplySchema>;
