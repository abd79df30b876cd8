import { z } from 'zod';
import { capabilitiesSchema } from '../source/capabilities.ts';
import { sourceDescriptionSchema } from '../source/description.ts';
import { SAMPLE_MODES } from '../source/source.ts';
import { parameterSchema, parameterValueSchema } from './parameter.ts';
import { playbackStateSchema, recordingStateSchema } from './recording.ts';

const openSourceStateSchema = z.object({
  description: sourceDescriptionSchema,
  capabilities: capabilitiesSchema,
  /** Whether the program runs or is held; null if the source does not know. */
  running: z.boolean().nullable(),
  /** See SourceProgress. */
  stopped: z.string().exactOptional(),
  /** Steps that the workload has taken; null if it has none. */
  step: z.number().int().min(0).nullable(),
  /** What `source.set` changes while the source is open, and the current values by name. */
  settings: z.array(parameterSchema),
  values: z.record(z.string(), parameterValueSchema),
  /** Null if the source is not a recording. */
  playback: playbackStateSchema.nullable(),
});

/** What the session is doing; sent whole whenever any of it changes (`step` alone: event `source.progress`). */
export const sessionStateSchema = z.object({
  /** Null if no source is open. */
  source: openSourceStateSchema.nullable(),
  /** Why the source ended by itself (exit, exec), in words; the last picture stays. */
  ended: z.string().nullable(),
  /** What `ended` is about; `lost`: it can no longer be tracked. Missing while it has not ended. */
  endReason: z.enum(['exit', 'exec', 'lost']).exactOptional(),
  mode: z.enum(SAMPLE_MODES),
  hz: z.number(),
  paused: z.boolean(),
  /** What is being recorded into; null if nothing is. */
  recording: recordingStateSchema.nullable(),
});
export type SessionState = z.infer<typeof sessionStateSchema>;
