/** Events that the engine emits: name → schema, as for commands. Frames are not events; they travel as buffers. */
import { z } from 'zod';
import { inspectorErrorSchema } from './errors.ts';
import {
  markListSchema,
  operationRecordSchema,
  processEventSchema,
  recordingProgressSchema,
  seekReplySchema,
} from './recording.ts';
import { restoreProgressSchema } from '../source/huge-restoration.ts';
import { trackingCostSchema } from '../source/tracking-cost.ts';
import { methodProgressSchema } from '../methods/methods.ts';
import { sessionStateSchema } from './session-state.ts';
import { stepsStateSchema } from './steps.ts';
import { triggerListSchema } from './trigger.ts';
import { writeWatchStateSchema } from './write-watch.ts';
import { writeRatesSchema } from './write-rates.ts';
import { writersStateSchema } from './writers.ts';

export const events = {
  'session.state': sessionStateSchema,
  /** A sample or a recording failed; the session continues. */
  'session.problem': inspectorErrorSchema,
  /** Sampling works again; `message` is that of the problem that is over. */
  'session.recovered': z.object({ message: z.string() }),
  /** A line of the program's output (programs that we launched). */
  'source.output': z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() }),
  'source.notice': z.object({ message: z.string() }),
  /** The workload made progress; at most ten times a second. */
  'source.progress': z.object({ step: z.number().int().min(0) }),
  /** The step player has moved, or a call was added to its program. */
  'steps.changed': stepsStateSchema,
  /** A manual operation was done, by any client: for the log and the timeline. */
  'session.operation': operationRecordSchema,
  /** Something happened to the program or to its tracking: for the log and the timeline. */
  'session.processEvent': processEventSchema,
  /** Watched regions and what uses them: after every change, and at most four times a second while one is used. */
  'writeWatch.state': writeWatchStateSchema,
  /** What is watched for its writers: after every change, and at most four times a second while writes are found. */
  'writers.state': writersStateSchema,
  /** All triggers: after a change, and at most four times a second while their conditions are met. */
  'triggers.changed': triggerListSchema,
  /** A trigger acted, or could not, in words: at most once a second. */
  'trigger.acted': z.object({ message: z.string() }),
  /** While `methods.run` runs: a way begins, or a case of it was measured. */
  'methods.progress': methodProgressSchema,
  /** About four times a second while recording. */
  'recording.progress': recordingProgressSchema,
  /** About four times a second while a recording is fetched. */
  'recording.fetched': z.object({ bytes: z.number().int().min(0), total: z.number().int().min(0) }),
  /** All marks, after one was added, changed or removed, and when another source was opened. */
  'marks.changed': markListSchema,
  /** Where the playback is, whenever that changed; at most thirty times a second. Live: that the latest is shown again. */
  'playback.position': seekReplySchema,
  /** Huge pages are restored after detaching: several times a second, and once with how it ended. */
  'huge.restore': restoreProgressSchema,
  /** How fast pages are written: at most four times a second, after a sample. */
  'session.rates': writeRatesSchema,
  /** Once a second while a source is open: what happened in that second. */
  'session.statistics': z.object({
    /** Samples taken. */
    samples: z.number(),
    /** Frames sent to this window. */
    frames: z.number(),
    /** Samples that had no frame of their own because the window was still painting. */
    merged: z.number(),
    /** Bytes of the frames sent. */
    bytes: z.number(),
    /** Mean time of a scan in nanoseconds; 0 if there was none. */
    scanNs: z.number(),
    /** What tracking currently costs the program; null if it costs nothing, and after it ended. */
    cost: trackingCostSchema.nullable(),
  }),
} as const satisfies Record<string, z.ZodType>;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.infer<(typeof events)[N]>;
