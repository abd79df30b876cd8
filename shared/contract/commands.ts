/**
 * Every command of the window to the engine: one map of name → request and reply, with the schema of each. The engine
 * parses requests, the window parses replies; types are inferred from the schemas, so the two cannot differ.
 */
import { z } from 'zod';
import { trackingOptionsSchema } from '../source/backend.ts';
import { programFilesSchema } from '../ranges/program-files.ts';
import { operationRequestSchema, operationResultSchema } from '../source/operation.ts';
import { foundSymbolSchema, MAX_SYMBOL_NAME, pageObjectsSchema } from '../source/page-objects.ts';
import { pageWalkSchema } from '../source/page-walk.ts';
import { snapshotSchema } from '../source/snapshot.ts';
import { SAMPLE_MODES } from '../source/source.ts';
import { sessionStateSchema } from './session-state.ts';
import {
  givenAnswerSchema,
  lessonListSchema,
  lessonProgressSchema,
  openedLessonSchema,
  openLessonSchema,
  questionPlaceSchema,
  questionScoreSchema,
  verdictSchema,
} from './lesson.ts';
import { permitSchema } from './permit-schema.ts';
import { sourceLineSchema } from './source-line.ts';
import { parameterSchema, parameterValueSchema } from './parameter.ts';
import { preflightSchema } from './preflight.ts';
import { probeReportSchema } from './probe.ts';
import { processListSchema } from './process-list.ts';
import { filePathSchema } from './shell.ts';
import { stepComparisonSchema, stepsCompareRequestSchema } from './step-comparison.ts';
import {
  stepsAccessSchema,
  stepsListReplySchema,
  stepsListRequestSchema,
  stepsMoveReplySchema,
  stepsMoveSchema,
  stepsStateSchema,
} from './steps.ts';
import {
  comparisonSchema,
  dumpReplySchema,
  markChangeSchema,
  markListSchema,
  markSchema,
  comparedRangeSchema,
  newMarkSchema,
  operationsReplySchema,
  processEventsReplySchema,
  playbackChangeSchema,
  seekReplySchema,
  recordingResultSchema,
  timelineReplySchema,
  timelineRequestSchema,
  timeNsSchema,
  timeRangeSchema,
} from './recording.ts';
import { labSizeSchema, methodReportSchema } from '../methods/methods.ts';
import {
  getWriteWatchReplySchema,
  getWriteWatchSchema,
  resetWriteWatchReplySchema,
  resetWriteWatchSchema,
  WATCH_USES,
  writeWatchStateSchema,
} from './write-watch.ts';
import { newTriggerSchema, triggerListSchema, triggerSchema } from './trigger.ts';
import { writeCountsReplySchema, writeCountsRequestSchema } from './write-counts.ts';
import { wordSchema, wordsStateSchema } from './words.ts';
import { writersReadSchema, writersReplySchema, writersStateSchema, writersWatchSchema } from './writers.ts';
import { writeHistoryReplySchema, writeHistoryRequestSchema } from './write-history.ts';

const page = z.number().int().min(0);

export const openSourceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('simulated'),
    workload: z.string(),
    /** Values of the workload's and the machine's parameters, by name; missing ones take their default. */
    parameters: z.record(z.string(), parameterValueSchema),
    seed: z.number().int().min(0).max(0xffffffff),
    /** Played by sub-steps instead of running by itself. */
    stepped: z.literal(true).exactOptional(),
  }),
  /** A scenario, played by sub-steps: the text of its file, and the file's name for messages. */
  z.object({
    kind: z.literal('scenario'),
    name: z.string().min(1).max(4096),
    text: z.string().max(64 * 1024 * 1024),
  }),
  z.object({
    kind: z.literal('native'),
    pid: z.number().int().positive(),
    /**
     * Missing: the source's default (`defaultMode`). If a clear takes something from others, `interval` still begins as
     * hold.
     */
    mode: z.enum(SAMPLE_MODES).exactOptional(),
    ...trackingOptionsSchema.shape,
  }),
  z.object({
    kind: z.literal('launch'),
    command: z.string().min(1),
    args: z.array(z.string()),
    cwd: z.string().nullable(),
    env: z.record(z.string(), z.string()),
    ...trackingOptionsSchema.shape,
  }),
  /** The demo program that comes with the inspector. */
  z.object({ kind: z.literal('demo') }),
  /** A recorded session; `path` is absolute. It may still be written to by another process, or lack its end. */
  z.object({ kind: z.literal('recording'), path: filePathSchema }),
]);
export type OpenSource = z.infer<typeof openSourceSchema>;

const nothing = z.object({});

export const commands = {
  /** Closes what is open and opens another source; the session starts sampling at once. */
  'source.open': { request: openSourceSchema, reply: sessionStateSchema },
  'source.close': { request: nothing, reply: sessionStateSchema },
  /** Gives up going through a recording that is being opened: its 'source.open' is rejected (kind `busy`), and nothing changes. */
  'source.cancelOpening': { request: nothing, reply: nothing },
  /** Pause, continue, kill or step the program, as the source's capabilities allow. */
  'source.control': {
    request: z.object({ action: z.enum(['pause', 'continue', 'kill', 'step']) }),
    reply: sessionStateSchema,
  },
  /** Changes one of the open source's settings (`source.settings` of the session's state). */
  'source.set': {
    request: z.object({ name: z.string(), value: parameterValueSchema }),
    reply: sessionStateSchema,
  },
  /** Sampling: missing fields stay unchanged. `hz` 0.1 … 60. */
  'session.configure': {
    request: z.object({
      mode: z.enum(SAMPLE_MODES).optional(),
      hz: z.number().min(0.1).max(60).optional(),
      paused: z.boolean().optional(),
    }),
    reply: sessionStateSchema,
  },
  'session.state': { request: nothing, reply: sessionStateSchema },
  /** One sample now, even while paused; the frame follows on the port. */
  'session.sample': { request: nothing, reply: nothing },
  'operation.run': { request: operationRequestSchema, reply: operationResultSchema },
  'operation.clearRefs': { request: nothing, reply: nothing },
  /**
   * One phase of the program ends: a sample now, everything cleared, and a mark with `note`. What was written since the
   * last time is one frame before the clear; recorded if the session records. Also while paused. Live sources only.
   */
  'session.dumpAndReset': { request: z.object({ note: markSchema.shape.note }), reply: dumpReplySchema },
  /**
   * Windows' write watches over the open source. `watch`: as an allocation with MEM_WRITE_WATCH, clean at first (`bad-request`
   * if it overlaps one). A refused call of `get` and `reset` is a reply with Windows' error. `use`: what works again and
   * again on what a region's write watches return, ten times a second; null ends that.
   */
  'writeWatch.state': { request: nothing, reply: writeWatchStateSchema },
  'writeWatch.watch': {
    request: z.object({ start: page, pages: z.number().int().min(1) }),
    reply: writeWatchStateSchema,
  },
  'writeWatch.unwatch': { request: z.object({ start: page }), reply: writeWatchStateSchema },
  'writeWatch.get': { request: getWriteWatchSchema, reply: getWriteWatchReplySchema },
  'writeWatch.reset': { request: resetWriteWatchSchema, reply: resetWriteWatchReplySchema },
  'writeWatch.use': {
    request: z.object({ what: z.object({ use: z.enum(WATCH_USES), start: page }).nullable() }),
    reply: writeWatchStateSchema,
  },
  /**
   * Measures the tracking methods in a separate program, for about half a minute; `methods.progress` reports each result.
   * `busy` while that runs; rejected if it is cancelled.
   */
  'methods.run': { request: z.object({ size: labSizeSchema }), reply: methodReportSchema },
  'methods.cancel': { request: nothing, reply: nothing },
  /**
   * Which code writes to which pages of a live program whose capabilities have `writers`, in mode interval. `watch` replaces what was
   * watched; nothing of the program is stopped for it (`not-permitted` if the kernel refuses to sample its page faults).
   * `read`: what was found, live or recorded; of a live session the last minutes.
   */
  'writers.watch': { request: writersWatchSchema, reply: writersStateSchema },
  'writers.stop': { request: nothing, reply: writersStateSchema },
  'writers.state': { request: nothing, reply: writersStateSchema },
  'writers.read': { request: writersReadSchema, reply: writersReplySchema },
  /** Every write to single words of a live program whose capabilities have `words`, at most MAX_WORD_WATCHES of them. */
  'words.watch': { request: wordSchema, reply: wordsStateSchema },
  'words.stop': { request: z.object({ id: z.string() }), reply: wordsStateSchema },
  'words.state': { request: nothing, reply: wordsStateSchema },
  /**
   * Triggers of a live session: what happens at which sample, and what is done then. `add` of one that runs a command needs a
   * permit for that command; `enable` of one that acts once lets it act again.
   */
  'trigger.add': { request: newTriggerSchema, reply: triggerSchema },
  'trigger.enable': { request: z.object({ id: z.string(), enabled: z.boolean() }), reply: triggerSchema },
  'trigger.remove': { request: z.object({ id: z.string() }), reply: nothing },
  'triggers.list': { request: nothing, reply: triggerListSchema },
  /**
   * Signs a source line of a reply of `writers.read`, for the shell to open it; `not-permitted` if it was in none, `unsupported` if
   * this engine has no shell.
   */
  'source.sign': { request: sourceLineSchema, reply: z.object({ permit: permitSchema }) },
  'page.walk': { request: z.object({ page }), reply: pageWalkSchema },
  'page.bytes': {
    request: z.object({ page, pages: z.number().int().min(1).max(256) }),
    reply: z.object({ bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }),
  },
  /** Variables and heap blocks in a page: of sources whose capabilities have `objects`. Runs concurrently with sampling. */
  'page.objects': { request: z.object({ page }), reply: pageObjectsSchema },
  /** The variable of that name in the open program; null if no loaded file has one. */
  'symbol.find': {
    request: z.object({ name: z.string().min(1).max(MAX_SYMBOL_NAME) }),
    reply: z.object({ symbol: foundSymbolSchema.nullable() }),
  },
  /** The mapped files of the open program with their build ids: of sources whose capabilities have `objects`. */
  'program.files': { request: nothing, reply: programFilesSchema },
  /**
   * A snapshot of a range: written pages, every page's state and contents, read while the program is stopped
   * (for some milliseconds at most). For sources whose capabilities have `snapshot`; more pages than MAX_SNAPSHOT_PAGES
   * are refused with `bad-request`.
   */
  'snapshot.take': {
    request: z.object({ start: page, pages: z.number().int().min(1) }),
    reply: snapshotSchema,
  },
  /**
   * Records every frame from now on, including those that the window has no time for. `path` null: a new file in
   * the user's data folder ($XDG_DATA_HOME/soft-dirty-inspector/recordings). An existing file is not overwritten (`io`);
   * `busy` while recording already. Recording ends when the source is closed, or by itself with `session.problem` (disk
   * full); the file is then closed properly. With `here` the file is of the window's machine even if the engine is elsewhere; the window's
   * end of the link makes it, checks the permit, and gives the engine its path as `linked` instead.
   */
  'recording.start': {
    request: z.object({
      path: filePathSchema.nullable(),
      here: z.literal(true).exactOptional(),
      linked: filePathSchema.exactOptional(),
    }),
    reply: z.object({ path: z.string() }),
  },
  'recording.stop': { request: nothing, reply: recordingResultSchema },
  /**
   * Copies a recording of an engine elsewhere into the user's folder of recordings on the window's machine; progress by
   * `recording.fetched`. `linked` as in `recording.start`.
   */
  'recording.fetch': {
    request: z.object({ path: filePathSchema, linked: filePathSchema.exactOptional() }),
    reply: z.object({ path: filePathSchema, bytes: z.number().int().min(0) }),
  },
  /**
   * Marks: kept in the recording while one is written, beside the file (FILE.marks.json) if a recording is played, and
   * with the session otherwise. Every change is reported by `marks.changed`.
   */
  'mark.add': { request: newMarkSchema, reply: markSchema },
  'mark.change': { request: markChangeSchema, reply: markSchema },
  'mark.remove': { request: z.object({ id: z.string() }), reply: nothing },
  'marks.list': { request: nothing, reply: markListSchema },
  /**
   * Goes to a time (cut to the recording), playing or not; the frame there follows on the port, a key frame. Of a live
   * session the frame of that time is shown instead of the latest (`unsupported` if it is no longer kept), while
   * sampling continues; null, an operation or a control of the program show the latest again.
   */
  'playback.seek': { request: z.object({ timeNs: timeNsSchema.nullable() }), reply: seekReplySchema },
  /** Goes that many frames forward, or back, and pauses. Stops at the ends. Of a live session as a seek. */
  'playback.step': {
    request: z.object({ frames: z.number().int().min(-1_000_000).max(1_000_000) }),
    reply: seekReplySchema,
  },
  'playback.configure': { request: playbackChangeSchema, reply: sessionStateSchema },
  /** Live and recorded alike; of a live session the last minutes. Milliseconds, also for an hour of frames. */
  'timeline.read': { request: timelineRequestSchema, reply: timelineReplySchema },
  /** What happened to the program, by time: of a recording, or since a live session began. */
  'timeline.processEvents': { request: nothing, reply: processEventsReplySchema },
  /**
   * Which pages were written in which interval, for all of a recording or session: bounded work at a time, so that the
   * same is asked again until it is complete.
   */
  'history.writes': { request: writeHistoryRequestSchema, reply: writeHistoryReplySchema },
  /**
   * In how many of the last intervals each page was written, as of the time that is shown; few enough tiles at a time that samples
   * do not wait for it.
   */
  'history.counts': { request: writeCountsRequestSchema, reply: writeCountsReplySchema },
  'timeline.operations': { request: timeRangeSchema, reply: operationsReplySchema },
  'compare.ranges': {
    request: z.object({ a: comparedRangeSchema, b: comparedRangeSchema }),
    reply: comparisonSchema,
  },
  /** The step player: where it is; sources whose capabilities have `steps`. */
  'steps.state': { request: nothing, reply: stepsStateSchema },
  /** The frame of the new state follows on the port. */
  'steps.move': { request: stepsMoveSchema, reply: stepsMoveReplySchema },
  /** Known sub-steps with all their texts. */
  'steps.list': { request: stepsListRequestSchema, reply: stepsListReplySchema },
  'steps.access': { request: stepsAccessSchema, reply: stepsStateSchema },
  /** Keeps the current position, or none: what `steps.compare` compares with. */
  'steps.keep': { request: z.object({ keep: z.boolean() }), reply: stepsStateSchema },
  'steps.compare': { request: stepsCompareRequestSchema, reply: stepComparisonSchema },
  /** Built-in lessons and those in the user's folder, with the user's progress in each. */
  'lessons.list': { request: nothing, reply: lessonListSchema },
  /** Lists the lessons of this folder too; `bad-request` if it has no JSON file. */
  'lessons.addFolder': { request: z.object({ path: filePathSchema }), reply: lessonListSchema },
  /** Reads and plays a lesson, and computes its answers, which stay in the engine. A plain scenario is one without questions. */
  'lesson.open': { request: openLessonSchema, reply: openedLessonSchema },
  /** This and the following commands act on the open lesson. Answering a question again changes no score. */
  'lesson.answer': {
    request: questionPlaceSchema.extend({ given: givenAnswerSchema }),
    reply: verdictSchema,
  },
  /** The next hint; `bad-request` if there is none left. */
  'lesson.hint': {
    request: questionPlaceSchema,
    reply: z.object({ text: z.string(), score: questionScoreSchema }),
  },
  /** Gives the answer, and no points. */
  'lesson.solution': { request: questionPlaceSchema, reply: verdictSchema },
  /** The student is at the end. */
  'lesson.finish': { request: nothing, reply: lessonProgressSchema },
  /** The answers given in all lessons, as CSV. */
  'lessons.results': {
    request: z.object({ student: z.string().max(200) }),
    reply: z.object({ csv: z.string() }),
  },
  /** What can be simulated. */
  'workloads.list': {
    request: nothing,
    reply: z.object({
      workloads: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          description: z.string(),
          parameters: z.array(parameterSchema),
        }),
      ),
      /** The machine's switches (thp, LA57, mode, swap), the same for every workload. */
      machine: z.array(parameterSchema),
    }),
  },
  /** Leaves the huge pages of process `pid` that are not restored yet as they are; no effect if none are restored. */
  'huge.cancelRestore': { request: z.object({ pid: z.number().int().positive() }), reply: nothing },
  /** What this kernel and this user can do; checked again each time. */
  'probe.run': { request: nothing, reply: probeReportSchema },
  /** What attaching to a process with this method can change for it; read from /proc, the process is not touched. */
  'processes.preflight': {
    request: z.object({ pid: z.number().int().positive(), ...trackingOptionsSchema.shape }),
    reply: preflightSchema,
  },
  /** Programs to attach to. `search`: every word must occur in pid, user, name or command line; empty for all. */
  'processes.list': { request: z.object({ search: z.string().max(1000) }), reply: processListSchema },
} as const satisfies Record<string, { request: z.ZodType; reply: z.ZodType }>;

export type CommandName = keyof typeof commands;
export type CommandRequest<N extends CommandName> = z.infer<(typeof commands)[N]['request']>;
export type CommandReply<N extends CommandName> = z.infer<(typeof commands)[N]['reply']>;
