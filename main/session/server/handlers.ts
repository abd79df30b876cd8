import type { CommandName, CommandReply, CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Comparison, ComparedRange } from '#shared/contract/recording.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import { LessonDesk } from '../../lessons/lesson-desk.ts';
import { ownLessonsFolder } from '../../lessons/progress.ts';
import { copyRecording, endOfGrowing } from '../../recording/copy-recording.ts';
import type { CreateOutput, RecordingOutput } from '../../recording/recording-output.ts';
import { compareWritten, readRange } from '../../recording/compare.ts';
import type { LabRunner } from './lab-runner.ts';
import type { PermitCheck } from './permits.ts';
import { SourceLines } from './source-lines.ts';
import type { RecordingRequest } from '../history/session-recorder.ts';
import { LiveSession } from '../live/live-session.ts';
import type { LiveWatches } from '../live/live-watches.ts';
import type { ProgramReader } from '../live/program-reader.ts';
import type { OpenSourceFunction, Session } from '../session.ts';

/** What the server needs from the rest of the engine. */
export interface Engine {
  readonly openSource: OpenSourceFunction;
  /** What can be simulated. */
  workloads(): CommandReply<'workloads.list'>;
  /** What this kernel and this user can do. */
  probe(): CommandReply<'probe.run'>;
  /** What attaching to a process can change for it. */
  preflight(pid: number, how: TrackingOptions): Promise<CommandReply<'processes.preflight'>>;
  /** The programs that can be attached to, and why others cannot. */
  processes(search: string): CommandReply<'processes.list'> | Promise<CommandReply<'processes.list'>>;
  /** Makes files at the other end of a link; missing if the window is on this machine. */
  readonly createLinked?: CreateOutput;
}

export type Handlers = {
  readonly [N in CommandName]: (request: CommandRequest<N>) => Promise<CommandReply<N>> | CommandReply<N>;
};

/** What runs each command: the one table of them. */
export function handlersOf(
  session: Session,
  engine: Engine,
  lab: LabRunner,
  permits: Pick<PermitCheck, 'signSource'>,
): Handlers {
  const sources = new SourceLines();
  const state = (): CommandReply<'session.state'> => session.state();
  const lessons = new LessonDesk(ownLessonsFolder());
  return {
    'source.open': (what) => session.open(what),
    'source.close': () => session.close(),
    'source.cancelOpening': () => {
      session.cancelOpening();
      return {};
    },
    'source.control': ({ action }) => session.live((live) => live.control(action)).then(state),
    'source.set': ({ name, value }) => session.live((live) => live.set(name, value)).then(state),
    'session.configure': (change) => session.configure(change),
    'session.state': state,
    'session.sample': () => session.run((active) => active.sample()).then(nothing),
    'session.dumpAndReset': ({ note }) => session.live((live) => live.dumpAndReset(note)),
    'operation.run': (request) => session.live((live) => live.operate(request)),
    'operation.clearRefs': () => session.live((live) => live.clearRefs()).then(nothing),
    'writeWatch.state': () => session.live((live) => Promise.resolve(live.watches.state())),
    'writeWatch.watch': ({ start, pages }) => watching(session, (watches) => watches.watch(start, pages)),
    'writeWatch.unwatch': ({ start }) => watching(session, (watches) => watches.unwatch(start)),
    'writeWatch.get': (request) => session.live((live) => live.watching((watches) => watches.get(request))),
    'writeWatch.reset': async ({ base, size }) => ({
      error: await session.live((live) => live.watching((watches) => watches.reset(base, size))),
    }),
    'writeWatch.use': ({ what }) => watching(session, (watches) => watches.use(what)),
    'writers.watch': (request) => session.live(async (live) => live.writers.watch(request)),
    'writers.stop': () => session.live(async (live) => live.writers.stop()),
    'writers.state': () => session.live(async (live) => live.writers.state()),
    'writers.read': async (request) => {
      const reply = await session.require().history.writers(request);
      sources.add(reply.places);
      return reply;
    },
    'words.watch': (word) => session.live(async (live) => live.words.watch(word)),
    'words.stop': ({ id }) => session.live(async (live) => live.words.stop(id)),
    'words.state': () =>
      session.active instanceof LiveSession ? session.active.words.state() : { words: [] },
    'source.sign': (source) => {
      sources.require(source);
      const permit = permits.signSource?.(source);
      if (permit === undefined) throw noShell();
      return { permit };
    },
    'trigger.add': (trigger) => session.live(async (live) => live.triggers.add(trigger)),
    'trigger.enable': ({ id, enabled }) => session.live(async (live) => live.triggers.enable(id, enabled)),
    'trigger.remove': ({ id }) => session.live(async (live) => live.triggers.remove(id)).then(nothing),
    'triggers.list': () => ({
      triggers: session.active instanceof LiveSession ? session.active.triggers.list : [],
    }),
    'methods.run': ({ size }) => lab.run(size),
    'methods.cancel': () => {
      lab.cancel();
      return {};
    },
    'page.walk': ({ page }) => session.walk(page),
    'page.bytes': ({ page, pages }) => session.live((live) => live.reader.bytes(page, pages)).then(ownBytes),
    'page.objects': async ({ page }) => reader(session).objects(page),
    'symbol.find': async ({ name }) => ({ symbol: await reader(session).symbol(name) }),
    'program.files': async () => reader(session).files(),
    'snapshot.take': ({ start, pages }) => session.live((live) => live.reader.snapshot(start, pages)),
    'recording.start': ({ path, linked }) =>
      session.live((live) => live.startRecording(linked === undefined ? { path } : linkedTo(engine, linked))),
    'recording.fetch': async ({ path, linked }) => {
      const output = await linkedOutput(engine, linked);
      const bytes = await copyRecording(path, output, (done, total) =>
        session.report('recording.fetched', { bytes: done, total }),
      );
      const endNs = await endOfGrowing(path, bytes).catch(() => null);
      if (endNs !== null)
        session.report('source.notice', {
          message: `${path} is still being written: the copy ends at ${(endNs / 1e9).toFixed(1)} s. Fetch it again when it is complete.`,
        });
      return { path: output.path, bytes };
    },
    'recording.stop': () => session.live((live) => live.stopRecording()),
    'mark.add': (mark) => session.require().marks.add(mark),
    'mark.change': (change) => session.require().marks.change(change),
    'mark.remove': ({ id }) => {
      session.require().marks.remove(id);
      return {};
    },
    'marks.list': () => ({ marks: session.active?.marks.list ?? [] }),
    // A later seek overtakes an earlier one: they queue themselves.
    'playback.seek': async ({ timeNs }) => session.require().seek(timeNs),
    'playback.step': async ({ frames }) => session.require().step(frames),
    'playback.configure': (change) =>
      session.playback((playback) => playback.configurePlaying(change)).then(state),
    'timeline.read': ({ buckets, ...range }) => session.require().history.timeline(range, buckets),
    'timeline.processEvents': () => ({ events: [...session.require().history.processEvents()] }),
    'timeline.operations': (range) => session.require().history.operations(range),
    'history.writes': (request) => session.require().history.writes(request),
    'history.counts': (request) => session.require().countWrites(request),
    'compare.ranges': ({ a, b: other }) => compareRanges(session, a, other),
    'steps.state': () => session.live(async (live) => live.stepping.state()),
    'steps.move': (move) =>
      session
        .live((live) => live.stepThrough((stepping) => stepping.move(move)))
        .then(({ state: steps, value }) => ({ state: steps, found: value })),
    'steps.list': ({ from, count }) => session.live(async (live) => live.stepping.list(from, count)),
    'steps.access': ({ page, write }) =>
      session
        .live((live) => live.stepThrough((stepping) => stepping.access(page, write)))
        .then(({ state: steps }) => steps),
    'steps.keep': ({ keep }) =>
      session
        .live((live) => live.stepThrough((stepping) => stepping.keep(keep)))
        .then(({ state: steps }) => steps),
    'steps.compare': ({ page }) => session.live(async (live) => live.stepping.compare(page)),
    'huge.cancelRestore': ({ pid }) => {
      session.restorations.cancel(pid);
      return {};
    },
    'lessons.list': () => lessons.list(),
    'lessons.addFolder': ({ path }) => lessons.addFolder(path),
    'lesson.open': ({ lesson, seed }) => lessons.open(lesson, seed),
    'lesson.answer': ({ given, ...place }) => lessons.answer(place, given),
    'lesson.hint': (place) => lessons.hint(place),
    'lesson.solution': (place) => lessons.solution(place),
    'lesson.finish': () => lessons.finish(),
    'lessons.results': async ({ student }) => ({ csv: await lessons.results(student) }),
    'workloads.list': () => engine.workloads(),
    'probe.run': () => engine.probe(),
    'processes.preflight': ({ pid, ...how }) => engine.preflight(pid, how),
    'processes.list': ({ search }) => engine.processes(search),
  };
}

/** @returns what is watched afterwards */
function watching(
  session: Session,
  task: (watches: LiveWatches) => Promise<void> | void,
): Promise<CommandReply<'writeWatch.state'>> {
  return session.live(async (live) => {
    await live.watching(task);
    return live.watches.state();
  });
}

/** The open program's reader, for commands that run concurrently with sampling. */
function reader(session: Session): ProgramReader {
  const active = session.require();
  if (active instanceof LiveSession) return active.reader;
  throw new InspectorError('unsupported', 'A recording has no program.', 'Open a live source.');
}

/** Runs concurrently with sampling, not between them: it may read much. */
async function compareRanges(session: Session, a: ComparedRange, b: ComparedRange): Promise<Comparison> {
  const present = session.active?.history ?? null;
  return compareWritten(await readRange(a, present), await readRange(b, present));
}

/** A recording whose bytes go to the window's end of a link. */
function linkedTo({ createLinked }: Engine, path: string): RecordingRequest {
  if (createLinked !== undefined) return { path, create: createLinked };
  throw noLink();
}

/** A file at the window's end of a link. */
async function linkedOutput({ createLinked }: Engine, path: string | undefined): Promise<RecordingOutput> {
  if (createLinked === undefined || path === undefined) throw noLink();
  return createLinked(path);
}

const noLink = (): InspectorError =>
  new InspectorError('bad-request', 'This engine has no link to a file of another machine.');

const nothing = (): Record<string, never> => ({});

/** A view would take its whole buffer with it through the port. */
function ownBytes(bytes: Uint8Array): { bytes: Uint8Array } {
  return { bytes: bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes) };
}

const noShell = (): InspectorError =>
  new InspectorError('unsupported', 'This engine has no window to open a file in.', 'Copy the line instead.');
