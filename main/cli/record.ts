import type { OpenSource } from '#shared/contract/commands.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { RecordingProgress } from '#shared/contract/recording.ts';
import { plural } from '#shared/plural.ts';
import { openAnySource } from '../open-sources.ts';
import { defaultPath } from '../recording/default-path.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { offerControl } from '../session/control/control-server.ts';
import { sessionControl } from '../session/control/session-control.ts';
import { LiveSession } from '../session/live/live-session.ts';
import { Session } from '../session/session.ts';
import { checkFree } from '../session/snapshot-file.ts';
import { AttachAttempt } from './attach-attempt.ts';
import { reportBeforeAttach } from './before-attach.ts';
import { EXIT_FAILED, EXIT_OK, type Command, type Output, withOptions } from './command.ts';
import { parseRecordOptions, RECORD_ACTIONS, recordSyntax, type RecordOptions } from './record-options.ts';
import { recordScenario } from './record-scenario.ts';
import { RestoreReport } from './restore-huge.ts';
import { formatSize, printable } from './terminal-text.ts';
import { PhaseBoundaries } from './phase-boundaries.ts';
import { PHASE_NOTES } from './phase-options.ts';
import { triggerNotes } from './trigger-options.ts';
import { Ending, type EndReason } from './watch-ending.ts';

const notes = `A crash of this program costs at most the last second. SIGINT, SIGTERM and SIGHUP complete the recording.
"soft-dirty mark" adds marks and ends phases meanwhile.
Standard output has only the result: one line with file, frames, seconds and bytes. What the program prints goes to
standard error. "ended" in --json: duration, size, exit, interrupt, scenario, failed (the file could not be
continued), limit (the maximum number of frames of a recording), stop ("soft-dirty mark --stop") or trigger.

${PHASE_NOTES}
${triggerNotes(RECORD_ACTIONS)}
Exit codes: 0 recorded to the end: the duration or the size is reached, the program ended, or an interrupt; 1 it could
not be recorded, or not to the end (disk full: the recording is closed properly); 2 wrong usage.
`;

export const recordCommand: Command = {
  syntax: recordSyntax,
  notes,
  run: withOptions('record', parseRecordOptions, run),
};

function run(options: RecordOptions, output: Output): Promise<number> {
  const { what } = options;
  return 'scenario' in what
    ? recordScenario(what.scenario, options, output, reportResult)
    : record(what.source, options, output);
}

async function record(what: OpenSource, options: RecordOptions, output: Output): Promise<number> {
  const ending = new Ending<'stop'>();
  ending.onSignals(() => {
    output.error('soft-dirty record: ended before the file was complete; it can still be read\n');
    process.exit(EXIT_FAILED);
  });
  const remembers = options.triggers.some(({ action }) => action.kind === 'save');
  const session = new Session(openAnySource, { remembers });
  const status = new RecordingState(ending, output);
  session.listen({ event: (name, payload) => status.take(name, payload) });
  let last: RecordingProgress | null = null;
  let boundaries: PhaseBoundaries | null = null;
  const control = sessionControl(session, async () => {
    ending.end('stop');
    return null;
  });
  const endControl = offerControl(control, (reason) =>
    complain(`"soft-dirty mark" does not reach this recorder: ${reason}`, output),
  );
  try {
    boundaries = new PhaseBoundaries(options.phases, (message) => complain(message, output));
    await session.configure({ mode: options.mode, hz: options.hz });
    const request = { path: options.out, maxBytes: options.maxBytes ?? undefined };
    const open = () => session.open(what, request, options.triggers);
    const state =
      what.kind === 'native'
        ? await attach(what, open, output)
        : what.kind === 'launch'
          ? await launch(options.out, open, session)
          : await open();
    const path = state.recording?.path ?? '';
    if (state.mode !== options.mode && state.source?.capabilities.clearsForOthers !== undefined)
      complain('Recording in mode hold: nothing is cleared. Use --clear-anyway to clear.', output);
    boundaries.begin((note) => control({ command: 'phase', note }));
    const began = performance.now();
    const meter = new Meter(output);
    const unlisten = session.listen({
      event: (name, payload) => {
        if (name !== 'recording.progress') return;
        last = payload as RecordingProgress;
        // Sampling recovered.
        status.problem = null;
        meter.show(last);
      },
    });
    while (ending.reason === null) {
      const left = options.duration === null ? 1e9 : began + options.duration - performance.now();
      if (left <= 0) ending.end('duration');
      else await ending.wait(Math.min(left, 1e9));
    }
    unlisten();
    meter.clear();
    status.recording = false;
    const result = await finish(session, path, last);
    const { stopped, problem } = status;
    const failed = (stopped || ending.reason === 'exit') && problem !== null;
    const reason = stopped || failed ? endedItself(problem, session) : ending.reason;
    reportResult(result, reason, options, output);
    return failed ? EXIT_FAILED : EXIT_OK;
  } finally {
    boundaries?.close();
    endControl();
    await session.close().catch(() => undefined);
    ending.onNextSignal(() => session.restorations.cancelAll());
    await session.restorations.settled();
    ending.release();
  }
}

/** What the session's events say about a recording. Prints their messages, and ends the program after the recording. */
class RecordingState {
  problem: InspectorError | null = null;
  recording = false;
  /** It ended by itself: at the size limit, or on a write error. */
  stopped = false;
  private readonly ending: Ending<'stop'>;
  private readonly output: Output;
  private readonly restoring: RestoreReport;

  constructor(ending: Ending<'stop'>, output: Output) {
    this.ending = ending;
    this.output = output;
    this.restoring = new RestoreReport('record', output);
  }

  take(name: EventName, payload: unknown): void {
    const { output } = this;
    if (name === 'source.output') output.error((payload as EventPayload<'source.output'>).text);
    if (name === 'huge.restore') this.restoring.show(payload as EventPayload<'huge.restore'>);
    if (name === 'source.notice') complain((payload as EventPayload<'source.notice'>).message, output);
    if (name === 'trigger.acted') complain((payload as EventPayload<'trigger.acted'>).message, output);
    if (name === 'session.problem') this.takeProblem(payload as EventPayload<'session.problem'>);
    if (name === 'session.state') this.takeState(payload as EventPayload<'session.state'>);
  }

  private takeProblem({ kind, message, remedy }: EventPayload<'session.problem'>): void {
    this.problem = new InspectorError(kind, message, remedy);
    complain(`${message}${remedy === '' ? '' : ` ${remedy}`}`, this.output);
  }

  private takeState({ ended, recording }: EventPayload<'session.state'>): void {
    if (ended !== null && this.ending.reason !== 'exit') {
      complain(ended, this.output);
      this.ending.end('exit');
      // From here on only a file that cannot be completed is a failure.
      this.problem = null;
    }
    this.recording ||= recording !== null;
    this.stopped = this.recording && recording === null && ended === null;
    if (this.stopped) this.ending.end('duration');
  }
}

async function attach<Result>(
  what: Extract<OpenSource, { kind: 'native' }>,
  open: () => Promise<Result>,
  output: Output,
): Promise<Result> {
  const attempt = new AttachAttempt(what.pid);
  await reportBeforeAttach('record', what.pid, what, output);
  return attempt.step(open);
}

/** A program is not started for a recording that cannot be made, and ends where that is found later. */
async function launch<Result>(
  out: string | null,
  open: () => Promise<Result>,
  session: Session,
): Promise<Result> {
  checkFree(out ?? (await defaultPath('recording')));
  try {
    return await open();
  } catch (cause) {
    await session.live((live) => live.control('kill')).catch(() => undefined);
    throw cause;
  }
}

/** Why a recording ended by itself. */
function endedItself(
  problem: InspectorError | null,
  { active }: Session,
): 'size' | 'limit' | 'failed' | 'trigger' {
  const triggers = active instanceof LiveSession ? active.triggers.list : [];
  if (triggers.some(({ action, acted }) => action.kind === 'stop-recording' && acted > 0)) return 'trigger';
  if (problem === null) return 'size';
  return problem.kind === 'unsupported' ? 'limit' : 'failed';
}

/** Stops the recording, or returns the result of one that ended by itself or with its program. */
async function finish(
  session: Session,
  path: string,
  last: RecordingProgress | null,
): Promise<RecordingProgress> {
  const stopped = await session.live(async (live) =>
    live.state().recording === null ? null : await live.stopRecording(),
  );
  if (stopped !== null) return stopped;
  const reader = await RecordingReader.open(path);
  const { index, bytes } = reader;
  await reader.close();
  return { path, bytes, frames: index.frames, seconds: last?.seconds ?? index.endNs / 1e9 };
}

function complain(message: string, output: Output): void {
  output.error(`soft-dirty record: ${printable(message)}\n`);
}

/** The one line on standard output. */
export function reportResult(
  { path, frames, seconds, bytes }: RecordingProgress,
  ended: EndReason | 'size' | 'limit' | 'failed' | 'scenario' | 'stop' | 'trigger' | null,
  { json }: RecordOptions,
  output: Output,
): void {
  output.out(
    json
      ? `${JSON.stringify({ path, frames, seconds, bytes, ended })}\n`
      : `${printable(path)}: ${plural(frames, 'frame')}, ${seconds.toFixed(1)} s, ${formatSize(bytes)}\n`,
  );
}

/** Progress on a terminal, in one line that is redrawn. */
class Meter {
  private readonly output: Output;
  private readonly shown = process.stderr.isTTY;

  constructor(output: Output) {
    this.output = output;
  }

  show({ seconds, bytes, frames }: RecordingProgress): void {
    if (!this.shown) return;
    this.output.error(`\r\x1b[K${seconds.toFixed(0)} s  ${plural(frames, 'frame')}  ${formatSize(bytes)}`);
  }

  clear(): void {
    if (this.shown) this.output.error('\r\x1b[K');
  }
}
