/** What the engine tells unasked: name → schema, as for commands. Frames are not events; they travel as buffers. */
import { z } from 'zod';
import { inspectorErrorSchema } from './errors.ts';
import { sessionStateSchema } from './session-state.ts';

export const events = {
  'session.state': sessionStateSchema,
  /** A sample failed or something is worth telling; the session goes on. */
  'session.problem': inspectorErrorSchema,
  /** A line of the program's output (programs that we launched). */
  'source.output': z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() }),
  'source.notice': z.object({ message: z.string() }),
  /** Once a second while a source is open. */
  'session.statistics': z.object({
    samples: z.number(),
    frames: z.number(),
    merged: z.number(),
    bytes: z.number(),
    scanNs: z.number(),
  }),
} as const satisfies Record<string, z.ZodType>;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.infer<(typeof events)[N]>;
