import type { CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { DumpReply, RecordingProgress, SeekReply } from '#shared/contract/recording.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { StepsState } from '#shared/contract/steps.ts';
import type { NewTrigger } from '#shared/contract/trigger.ts';
import type { WriteCountsReply, WriteCountsRequest } from '#shared/contract/write-counts.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { HugeRestoration } from '#shared/source/huge-restoration.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import {
  capabilitiesOf,
  type SampleMode,
  type Stepping,
  type TrackingSource,
} from '#shared/source/source.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import { countsReply } from '../../how-often/counts-reply.ts';
import type { ActiveSession } from '../active-session.ts';
import type { MarkStore } from '../history/mark-store.ts';
import { SessionHistory } from '../history/session-history.ts';
import type { RecordingRequest } from '../history/session-recorder.ts';
import { ProblemReporter } from '../problem-reporter.ts';
import type { SessionContext } from '../session-context.ts';
import type { Triggers } from '../triggers/triggers.ts';
import { Ticker } from '../ticker.ts';
import { ClearConfirmation } from './clear-confirmation.ts';
import { LiveSampler } from './live-sampler.ts';
import { liveTriggers } from './live-triggers.ts';
import { LiveWatches } from './live-watches.ts';
import { ManualOperations } from './manual-operations.ts';
import { PastView } from './past-view.ts';
import { ProgramReader } from './program-reader.ts';
import { changedSampling, type SamplingChoice } from './sampling-choice.ts';
import { LiveWords } from './live-words.ts';
import { LiveWriters } from './live-writers.ts';
import { SampleReports } from './sample-reports.ts';
import { SourceEvents } from './source-events.ts';
import { WatchUse } from './watch-use.ts';

export interface LiveSessionOptions {
  readonly sampling: SamplingChoice;
  /** Whether the last minutes are kept for the timeline and comparisons. */
  readonly remembers: boolean;
  /** Called after closing with the huge pages that tracking split; null: they stay split. */
  readonly restore: ((restoration: HugeRestoration) => void) | null;
}

/** A live source, sampled at a steady rate, and the manual operations on it. */
export class LiveSession implements ActiveSession {
  readonly history: SessionHistory['live'];
  readonly marks: MarkStore;
  readonly reader: ProgramReader;
  readonly writers: LiveWriters;
  readonly words: LiveWords;
  readonly watches: LiveWatches;
  readonly triggers: Triggers;
  private readonly context: SessionContext;
  private readonly options: LiveSessionOptions;
  private readonly source: TrackingSource;
  private readonly sampler: LiveSampler;
  private readonly records: SessionHistory;
  private readonly operations: ManualOperations;
  private readonly clears: ClearConfirmation;
  private readonly past: PastView;
  private readonly events: SourceEvents;
  private readonly problems: ProblemReporter;
  private readonly watchUse: WatchUse;
  private readonly reports: SampleReports;
  private readonly ticker = new Ticker(() => this.tick());
  private sampling: SamplingChoice;
  private mode: SampleMode;
  private closed = false;

  constructor(source: TrackingSource, context: SessionContext, options: LiveSessionOptions) {
    this.source = source;
    this.context = context;
    this.options = options;
    this.sampling = options.sampling;
    this.problems = new ProblemReporter(context.output);
    this.sampler = new LiveSampler(source, context.sequence);
    this.clears = new ClearConfirmation(source);
    this.mode = this.clears.mode(this.sampling.mode);
    this.records = new SessionHistory(context, {
      remembers: options.remembers,
      nowNs: () => Math.round(this.sampler.now() * 1e6),
    });
    this.history = this.records.live;
    this.marks = this.records.marks;
    this.operations = new ManualOperations(this.sampler, this.records);
    this.watches = new LiveWatches(source, (request) => this.operations.perform(request, this.mode));
    this.watchUse = new WatchUse(this.watches, context, this.problems, () => this.isOpen);
    this.reports = new SampleReports(source, this.sampler, context);
    this.writers = new LiveWriters(source, this.records, context.output);
    this.words = new LiveWords(source);
    const { sampler, records, operations } = this;
    const hz = () => this.sampling.hz;
    this.triggers = liveTriggers({ source, sampler, records, operations, context, hz });
    this.sampler.reportsCleared = () => this.watches.active;
    this.sampler.onCleared = (runs) => this.watches.cleared(runs);
    this.past = new PastView(context, this.records, () => this.sampler.frames.key());
    this.reader = new ProgramReader(source, () => {
      this.requireProgram();
      this.past.requirePresent();
    });
    this.events = new SourceEvents(source, this.records, context, {
      ended: () => {
        this.ticker.stop();
        this.watchUse.stop();
        this.writers.end('The program ended.');
        // Nothing more can be recorded. Samples that are due come before.
        void context.queue.run(() => records.recorder.close());
      },
      backendChanged: () => (this.mode = this.clears.mode(this.sampling.mode)),
      lastSample: () =>
        void context.queue.run(async () => {
          if (this.isOpen) await this.observeWhole(true);
        }),
    });
  }

  get nextSequence(): number {
    return this.sampler.frames.nextSequence;
  }

  /** Whether the source is there and the program has not ended. */
  private get isOpen(): boolean {
    return !this.closed && this.events.ended === null;
  }

  /** Samples from now on; with `record`, the first sample is recorded. `triggers` are there before it. */
  async start(record?: RecordingRequest, triggers: readonly NewTrigger[] = []): Promise<void> {
    this.context.output.event('marks.changed', { marks: [] });
    this.context.output.event('triggers.changed', { triggers: [] });
    for (const trigger of triggers) this.triggers.add(trigger);
    if (record) await this.startRecording(record);
    this.events.start();
    this.restartTicker();
    // Nothing else is shown while sampling is paused.
    if (this.sampling.paused) await this.observe(false);
  }

  state(): SessionState {
    const { source, events, mode } = this;
    const { hz, paused } = this.sampling;
    return {
      source: {
        description: source.description,
        capabilities: capabilitiesOf(source),
        ...source.progress(),
        settings: [...(source.settings?.parameters ?? [])],
        values: { ...source.settings?.values() },
        playback: null,
      },
      ended: events.ended?.message ?? null,
      ...(events.ended && { endReason: events.ended.reason }),
      ...{ mode, hz, paused },
      recording: this.records.recorder.state,
    };
  }

  keyFrame(): Frame | null {
    return this.past.keyFrame();
  }

  cost(): TrackingCost | null {
    return this.events.ended === null ? this.source.cost() : null;
  }

  async configure(change: CommandRequest<'session.configure'>): Promise<void> {
    const { mode, paused } = change;
    if (mode === 'interval') this.clears.requireInterval();
    const pauses = paused === true && !this.sampling.paused;
    if (mode !== undefined && mode !== this.mode) this.records.phase.begin(this.records.nowNs());
    this.sampling = changedSampling(this.sampling, change);
    this.mode = mode ?? this.mode;
    this.restartTicker();
    this.context.stateChanged();
    // The last frame before the pause has all planes.
    if (pauses && this.events.ended === null) await this.observeWhole(false);
  }

  /** One sample now, with all planes. A paused session's program without a clock of its own does not run for it. */
  async sample(): Promise<void> {
    this.requireProgram();
    await this.past.showLatest();
    await this.observeWhole(!this.sampling.paused);
  }

  /** Runs an operation and shows what it did, even while paused. */
  operate(request: OperationRequest): Promise<OperationResult> {
    return this.changing(() => {
      if (request.op !== 'GET') this.clears.require();
      return this.operations.operate(request, this.mode);
    }).finally(() => this.emitSteps());
  }

  clearRefs(): Promise<void> {
    return this.changing(() => {
      this.clears.require();
      return this.operations.clearRefs(this.mode);
    }).finally(() => this.emitSteps());
  }

  /** One phase of the program ends: everything written since the last is one frame, and cleared; then a mark. */
  dumpAndReset(note: string): Promise<DumpReply> {
    return this.changing(() => {
      this.clears.require();
      return this.operations.dumpAndReset(note, this.mode, (frame) => this.emitFrame(frame, true));
    });
  }

  /** What plays the program by sub-steps. */
  get stepping(): Stepping {
    const { stepping } = this.source;
    if (stepping !== null) return stepping;
    throw new InspectorError(
      'unsupported',
      'This program is not played by sub-steps.',
      'Open a scenario, or a simulated program step by step.',
    );
  }

  /** Moves the step player, or runs an access beside the program, and shows the state there. */
  stepThrough<T>(action: (stepping: Stepping) => T): Promise<{ state: StepsState; value: T }> {
    return this.changing(async () => {
      const { stepping } = this;
      const value = action(stepping);
      const state = stepping.state();
      this.context.output.event('steps.changed', state);
      return { state, value };
    });
  }

  /** An operation is a separate call for the step player. */
  private emitSteps(): void {
    const { stepping } = this.source;
    if (stepping !== null) this.context.output.event('steps.changed', stepping.state());
  }

  /** Write watches: `task` may clear pages, which the picture shows afterwards. */
  async watching<T>(task: (watches: LiveWatches) => Promise<T> | T): Promise<T> {
    const result = await this.changing(async () => {
      this.clears.require();
      return task(this.watches);
    });
    this.watchUse.changed();
    return result;
  }

  control(action: ControlAction): Promise<void> {
    return this.changing(() => this.operations.control(action), action !== 'kill');
  }

  set(name: string, value: ParameterValue): Promise<void> {
    return this.changing(() => this.operations.set(name, value));
  }

  /** Records from now on. @returns the file */
  startRecording(request: RecordingRequest): Promise<{ path: string }> {
    this.requireProgram();
    // The first frame has all planes as they are now.
    this.sampler.readStateNext();
    const { source, sampler } = this;
    return this.records.recorder.start(request, { source, hz: this.sampling.hz, key: sampler.frames.key() });
  }

  async stopRecording(): Promise<RecordingProgress> {
    const { recorder } = this.records;
    // A recording that was started and stopped while paused has one frame.
    if (recorder.frames === 0 && this.events.ended === null) await this.observeWhole(false);
    return recorder.stop();
  }

  /** Where the current recording begins on the session's clock, in nanoseconds; null if it has no frame, or there is none. */
  get recordingBeganNs(): number | null {
    return this.records.recorder.beganNs;
  }

  async countWrites(request: WriteCountsRequest): Promise<WriteCountsReply> {
    const { unit, intervals } = request;
    const { timeNs } = this.past;
    if (timeNs === null)
      return countsReply(this.records.counts.of(unit), request, Math.max(0, this.records.nowNs()));
    return countsReply(await this.history.counts(timeNs, unit, intervals), request, timeNs);
  }

  seek(timeNs: number | null): Promise<SeekReply> {
    return this.past.seek(timeNs);
  }

  step(frames: number): Promise<SeekReply> {
    return this.past.step(frames);
  }

  /** Detaches; the program continues. */
  async close(): Promise<void> {
    this.ticker.stop();
    this.watchUse.stop();
    await this.records.recorder.close();
    this.closed = true;
    this.events.close();
    this.writers.close();
    this.words.close();
    this.triggers.close();
    this.past.close();
    const { source } = this;
    const { restore } = this.options;
    const restoration = restore && source.hugePages ? await source.hugePages.detach() : null;
    await source.close();
    if (restoration !== null) restore?.(restoration);
  }

  abandon(): void {
    this.ticker.stop();
    this.watchUse.stop();
    this.records.recorder.abandon();
    this.closed = true;
    this.events.close();
    this.writers.close();
    this.words.close();
    this.triggers.close();
    this.source.close().catch(() => undefined);
  }

  /** Runs `task`, then samples without letting time pass, so that the frame shows what the task did. */
  private async changing<T>(task: () => Promise<T>, emitsFrame = true): Promise<T> {
    this.requireProgram();
    await this.past.showLatest();
    const result = await task();
    if (emitsFrame && this.events.ended === null) await this.observeWhole(false);
    return result;
  }

  private async tick(): Promise<void> {
    // If the disk is slower than the samples, they wait: memory stays bounded and no frame is lost.
    await this.records.recorder.room();
    await this.context.queue.run(async () => {
      if (this.isOpen && !this.sampling.paused) await this.observe(true);
    });
  }

  private observeWhole(passing: boolean): Promise<void> {
    this.sampler.readStateNext();
    return this.observe(passing);
  }

  /** One sample to every listener; a failure is reported and the session continues. */
  private async observe(passing: boolean): Promise<void> {
    try {
      this.emitFrame(await this.sampler.sample(this.mode, passing));
      await this.triggers.perform();
      this.problems.succeeded();
      this.reports.reportStep();
      if (!this.past.active) this.reports.reportRates(!passing);
    } catch (cause) {
      const error = InspectorError.from(cause);
      if (error.kind === 'program-ended') this.events.end('exit', error.message);
      else this.problems.failed(error);
    }
  }

  private emitFrame(frame: Frame, endsPhase = false): void {
    this.writers.frame(frame);
    this.records.frame(frame, this.sampler.frames.written, endsPhase);
    this.past.frame(frame);
    this.triggers.sampled(Math.round(frame.time * 1e6), frame.mode);
  }

  private restartTicker(): void {
    if (!this.isOpen || this.sampling.paused) return this.ticker.stop();
    this.sampler.startClock();
    this.ticker.start(this.sampling.hz);
  }

  private requireProgram(): void {
    const { ended } = this.events;
    if (ended === null) return;
    throw new InspectorError(
      'program-ended',
      ended.message,
      'Open the program again; the last frame stays on the map.',
    );
  }
}
