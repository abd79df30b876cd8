/**
 * Recording, playback, the timeline, marks and the comparison of two ranges of time: schemas that commands, events and the
 * session's state share.
 *
 * Times are whole nanoseconds, as a number, on one clock: that of `Frame.time` (which counts milliseconds). For a live
 * source it begins when the source was opened, for a recording with its first frame.
 */
import { z } from 'zod';
import { OPERATION_NAMES } from '../source/operation.ts';
import { filePathSchema } from './shell.ts';

export const timeNsSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const timeRange = { startNs: timeNsSchema, endNs: timeNsSchema } as const;
export const timeRangeSchema = z
  .object(timeRange)
  .refine(({ startNs, endNs }) => startNs <= endNs, 'it ends before it begins');
export type TimeRange = z.infer<typeof timeRangeSchema>;

const u32 = z.custom<Uint32Array>((value) => value instanceof Uint32Array);
const f64 = z.custom<Float64Array>((value) => value instanceof Float64Array);
const count = z.number().int().min(0);

/* ---- recording ---- */

/** What the session records into; null in `SessionState.recording` if it does not record. */
export const recordingStateSchema = z.object({
  /** Absolute. */
  path: z.string(),
  /** When it began, in milliseconds since 1970. */
  since: z.number(),
});
export type RecordingState = z.infer<typeof recordingStateSchema>;

/** Payload of `recording.progress`, about four times a second while recording. */
export const recordingProgressSchema = z.object({
  path: z.string(),
  /** Since the first frame. */
  seconds: z.number().min(0),
  /** Size of the file, with what is about to be written. */
  bytes: count,
  frames: count,
});
export type RecordingProgress = z.infer<typeof recordingProgressSchema>;

/**
 * Reply of `recording.stop`: the file is complete and closed.
 * @alias
 */
export const recordingResultSchema = recordingProgressSchema;

/* ---- marks ---- */

/** Names, not values: the window has a colour for each in every theme. */
export const MARK_COLOURS = ['blue', 'green', 'amber', 'red', 'violet', 'grey'] as const;
export const MAX_MARKS = 10_000;
/** Characters of a mark's note. */
export const MAX_NOTE = 2000;

export const markSchema = z.object({
  id: z.string().min(1).max(64),
  timeNs: timeNsSchema,
  note: z.string().max(MAX_NOTE),
  colour: z.enum(MARK_COLOURS),
});
export type Mark = z.infer<typeof markSchema>;

/** `timeNs` null: now (live), or the playback position. */
export const newMarkSchema = markSchema.omit({ id: true }).extend({ timeNs: timeNsSchema.nullable() });
/** Missing fields stay unchanged. */
export const markChangeSchema = markSchema.partial().required({ id: true });
/** Ascending by time. Also the whole of `FILE.marks.json`, with `version`. */
export const markListSchema = z.object({ marks: z.array(markSchema).max(MAX_MARKS) });

/* ---- operations ---- */

/** Everything that the user can do to the program, changing or reading it; the ioctl's operations have their own names. */
export const ACTIONS = [
  ...OPERATION_NAMES,
  'clear_refs',
  'dump_and_reset',
  'pause',
  'continue',
  'kill',
  'step',
  'set',
] as const;

/** One manual operation: payload of `session.operation`, a line of the log, a tick on the timeline. */
export const operationRecordSchema = z.object({
  /** When it began. */
  timeNs: timeNsSchema,
  action: z.enum(ACTIONS),
  /** The request of GET, CLEAR and GET_AND_CLEAR; null for the others. */
  request: z.object({ start: z.bigint(), len: z.bigint(), vecLen: z.number(), flags: z.number() }).nullable(),
  /** What the others were given: a mark's note, a setting's name and value; empty if nothing. */
  detail: z.string(),
  result: z.discriminatedUnion('ok', [
    z.object({
      ok: z.literal(true),
      /** What the ioctl returned; 0 for the others, except dump_and_reset: pages written in the phase. */
      ret: z.number(),
      /** Where to continue after a full vec, as a page number. */
      next: z.number().nullable(),
    }),
    z.object({ ok: z.literal(false), errno: z.string(), message: z.string() }),
  ]),
  durationNs: z.number().min(0),
});
export type OperationRecord = z.infer<typeof operationRecordSchema>;

/* ---- process events ---- */

/**
 * Events of the program and of its tracking that the user did not cause. `exec`, `exit`: of the tracked process;
 * `lost`: it can be tracked no longer; `child`: it has a new child process; `backend`: it is tracked another way from now
 * on; `notice`: everything else that the user was notified of.
 */
export const PROCESS_EVENT_KINDS = ['exec', 'exit', 'lost', 'child', 'backend', 'notice'] as const;
export const MAX_PROCESS_EVENTS = 10_000;
/** Characters of a message; longer ones are cut. */
export const MAX_PROCESS_EVENT_TEXT = 2000;

export const processEventSchema = z.object({
  timeNs: timeNsSchema,
  kind: z.enum(PROCESS_EVENT_KINDS),
  /** The process of the event: for `child` the child; null if there is none (simulated). */
  pid: z.number().int().min(0).nullable(),
  message: z.string().max(MAX_PROCESS_EVENT_TEXT),
});
export type ProcessEvent = z.infer<typeof processEventSchema>;
export type ProcessEventKind = ProcessEvent['kind'];

export const processEventsReplySchema = z.object({
  events: z.array(processEventSchema).max(MAX_PROCESS_EVENTS),
});

/* ---- pages by kind of VMA ---- */

/**
 * Kinds of the timeline, in the order of their counts. `anon`: anon-private, `file`: file-private, `shared`:
 * anon-shared and file-shared, `other`: special, and pages in no VMA.
 */
export const TIMELINE_KINDS = ['heap', 'stack', 'anon', 'file', 'shared', 'other'] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Pages, one count a kind, in the order of TIMELINE_KINDS. */
export const kindCountsSchema = z.array(count).length(TIMELINE_KINDS.length);

/* ---- dump and reset ---- */

export const dumpReplySchema = z.object({
  mark: markSchema,
  /** Pages written since the last dump, or since the source was opened (mode hold: since the last clear). */
  writtenPages: count,
  byKind: kindCountsSchema,
  /** Length of that phase. */
  phaseNs: timeNsSchema,
  /** Whether no write could slip between reading and clearing. */
  atomic: z.boolean(),
});
export type DumpReply = z.infer<typeof dumpReplySchema>;

/* ---- playback ---- */

export const playbackPositionSchema = z.object({
  timeNs: timeNsSchema,
  /** Number of the frame that is shown, from 0: the last one at or before `timeNs`. */
  frame: count,
});
export type PlaybackPosition = z.infer<typeof playbackPositionSchema>;

/** Reply to a seek or a step. `live`: of a live session alone, whether the latest is shown; `frame` counts all its frames. */
export const seekReplySchema = playbackPositionSchema.extend({ live: z.boolean().optional() });
export type SeekReply = z.infer<typeof seekReplySchema>;

export const SPEED_LIMITS = { min: 0.1, max: 100 } as const;

/** `source.playback` of the session's state: null if the source is not a recording. `playing` is `!paused`. */
export const playbackStateSchema = z.object({
  ...timeRange,
  path: z.string(),
  frames: count,
  playing: z.boolean(),
  speed: z.number().min(SPEED_LIMITS.min).max(SPEED_LIMITS.max),
  loop: timeRangeSchema.nullable(),
  /** The position when this state is sent; afterwards see `playback.position`. */
  position: playbackPositionSchema,
  /** When the recording began, in milliseconds since 1970; null if the file does not have it. */
  recordedAt: z.number().nullable(),
  /** Whether the file is still being written: `endNs` and `frames` grow. */
  growing: z.boolean(),
  /** What is wrong with the file, in words (no end, damaged parts left out); null if it is whole. */
  damage: z.string().nullable(),
});
export type PlaybackState = z.infer<typeof playbackStateSchema>;

/** Missing fields stay unchanged. A loop is cut to the recording; playing at its end starts again. */
export const playbackChangeSchema = z.object({
  playing: z.boolean().optional(),
  speed: z.number().min(SPEED_LIMITS.min).max(SPEED_LIMITS.max).optional(),
  loop: timeRangeSchema.nullable().optional(),
});

export type PlaybackChange = z.infer<typeof playbackChangeSchema>;

/* ---- timeline ---- */

export const MAX_BUCKETS = 4096;

export const timelineRequestSchema = z.object({
  ...timeRange,
  buckets: z.number().int().min(1).max(MAX_BUCKETS),
});

/**
 * Bucket b holds the frames of startNs + b × w … startNs + (b + 1) × w (w = (endNs - startNs) / buckets; the last one
 * ends with `endNs` included).
 */
export const timelineReplySchema = z.object({
  /** The readable time: the whole recording, or what is kept of a live session. */
  available: z.object(timeRange),
  /** Frames in each bucket; 0: nothing was sampled, which is not the same as nothing written. */
  frames: u32,
  /**
   * Bucket b, kind k at b × 6 + k: pages written, summed over the bucket's frames; divided by `frames` it is the mean
   * of a frame. In mode hold a frame counts what was written since the last clear, in mode interval what was written
   * in its interval.
   */
  pages: f64,
  /** Pages of the one frame of the bucket that has the most; 0 if there is none. No peak is averaged away. */
  max: u32,
});
export type TimelineReply = z.infer<typeof timelineReplySchema>;

export const MAX_OPERATIONS = 10_000;
export const operationsReplySchema = z.object({
  /** Ascending by time, at most MAX_OPERATIONS: the first ones of the range. */
  operations: z.array(operationRecordSchema),
  /** How many there are in the range. */
  total: count,
});
export type OperationsReply = z.infer<typeof operationsReplySchema>;

/* ---- comparison ---- */

/**
 * What is compared: every page that counts as written in any frame of the range; of a range without a frame in it, the last frame
 * before. `path` null: what is open now, a recording or the last minutes of a live session.
 */
export const comparedRangeSchema = z
  .object({ path: filePathSchema.nullable(), ...timeRange })
  .refine(({ startNs, endNs }) => startNs <= endNs, 'it ends before it begins');
export type ComparedRange = z.infer<typeof comparedRangeSchema>;

export const MAX_COMPARED_TILES = 16_384;
export const MAX_COMPARED_VMAS = 10_000;

const setCounts = { onlyA: count, onlyB: count, both: count } as const;

export const comparisonSchema = z.object({
  ...setCounts,
  /** Frames that each range took in. */
  frames: z.object({ a: count, b: count }),
  /** Pages that were given back in each range (plane Gone), written as well or not. */
  gone: z.object({ a: count, b: count }),
  /** Pages that were hot and not seen written in a range: whether they were written in it is not known. */
  hot: z.object({ a: count, b: count }),
  /** VMAs of either range with a page in either set, ascending; if both have one at a page, that of B. */
  vmas: z
    .array(
      z.object({
        /** Page numbers. */
        start: count,
        end: count,
        name: z.string(),
        kind: z.enum(TIMELINE_KINDS),
        ...setCounts,
      }),
    )
    .max(MAX_COMPARED_VMAS),
  /**
   * The sets, tile by tile, ascending: tile i has number `indexes[i]`, and its 16 words of A and of B are at i × 16.
   * Only A is a & ~b, only B is b & ~a, both is a & b.
   */
  tiles: z.object({ indexes: f64, a: u32, b: u32 }),
  /** Tiles or VMAs left out because there were more than fit; the counts above are of all. */
  omitted: z.object({ tiles: count, vmas: count }),
});
export type Comparison = z.infer<typeof comparisonSchema>;
