import { z } from 'zod';
import { capabilitiesSchema } from '../source/capabilities.ts';
import { SAMPLE_MODES } from '../source/source.ts';

export const sourceDescriptionSchema = z.object({
  kind: z.enum(['simulated', 'native', 'recording']),
  title: z.string(),
  detail: z.string(),
  pid: z.number().int().nullable(),
  backend: z.string(),
  launched: z.boolean(),
});

/** What the session is doing; sent whole whenever any of it changes. */
export const sessionStateSchema = z.object({
  /** Null where no source is open. */
  source: z.object({ description: sourceDescriptionSchema, capabilities: capabilitiesSchema }).nullable(),
  /** Why the source ended by itself (exit, exec), in words; the last picture stays. */
  ended: z.string().nullable(),
  mode: z.enum(SAMPLE_MODES),
  hz: z.number(),
  paused: z.boolean(),
});
export type SessionState = z.infer<typeof sessionStateSchema>;
