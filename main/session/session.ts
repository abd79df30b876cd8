import { resolve } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import type { CommandRequest, OpenSource } from '#shared/contract/commands.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import type {
  Comparison,
  DumpReply,
  Moment,
  PlaybackChange,
  PlaybackPosition,
  ProcessEventKind,
  RecordingProgress,
  SeekReply,
} from '#shared/contract/recording.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { Playback } from '#shared/source/history.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { Snapshot } from '#shared/source/snapshot.ts';
import { defaultMode } from '#shared/source/sample-mode.ts';
import type { SampleMode, SourceEvent, TrackingSource } from '#shared/source/source.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import { compareWritten, readMoment } from '../recording/compare.ts';
import { Journal } from './history/journal.ts';
import { type LiveHistory, withEarlier } from './history/live-history.ts';
import { LiveSampler } from './live/live-sampler.ts';
import { type PastFrame, PastView } from './live/past-view.ts';
import { PlaybackControl, type SamplingSettings } from './playback/playback-control.ts';
import { Restorations } from './restorations.ts';
import { Ticker } from './ticker.ts';
import { TaskQueue } from './task-queue.ts';

/** Where `signal` is aborted it rejects with its reason, or opens all the same where that takes no time. */
export type OpenSourceFunction = (what: OpenSource, signal?: AbortSignal) => Promise<TrackingSource>;

/** What a session tells; each listener hears every frame and event. */
export interface SessionListener {
  /** A sample was taken. */
  frame?(frame: Frame): void;
  /** What a window shows: every frame while it shows the latest; a key frame of the past where that was asked for. */
  shown?(frame: Frame): void;
  /** Another source is watched from now on, or none, or a recording was wound: frames before do not add to those after. */
  sourceChanged?(): void;
  event?<N extends EventName>(name: N, payload: EventPayload<N>): void;
}

/** Shortest time between two `source.progress` events, in milliseconds. */
const PROGRESS_PERIOD = 100;
/** Shortest time between two `session.rates` events, in milliseconds; of a recording they are read from the file. */
const RATES_PERIOD_MS = 250;
const RECORDED_RATES_PERIOD_MS = 1000;
/** How often a recording that is played shows where it is. */
const PLAYBACK_HZ = 30;

/** `path` null: a file of its own. `maxBytes`: it ends by itself before the file is larger. */
export interface RecordingRequest {
  readonly path: string | null;
  readonly maxBytes?: number | undefined;
}

export interface SessionOptions {
  /** Whether the last minutes are kept for the timeline and comparisons; default: yes. */
  readonly remembers?: boolean;
}

/**
 * One source at most, sampled at a steady rate, and the manual operations on it. Calls of the source never overlap:
 * samples and operations wait for each other in the order in which they were asked for.
 */
export class Session {
  private readonly openSource: OpenSourceFunction;
  private readonly listeners = new Set<SessionListener>();
  private readonly queue = new TaskQueue();
  private readonly sampler = new Ticker(() => this.tick());
  /** Marks, history and the recording of what is open. */
  readonly journal: Journal;
  /** Huge pages of programs that were detached from. */
  readonly restorations = new Restorations((progress) => this.tell('huge.restore', progress));
  private observer: LiveSampler | null = null;
  private restoresHuge = true;
  private ended: string | null = null;
  private endReason: NonNullable<SessionState['endReason']> = 'exit';
  private readonly settings: SamplingSettings = { mode: 'interval', hz: 20, paused: false };
  /** What the user selected, for whatever is opened; null: what suits each source. */
  private selectedMode: SampleMode | null = null;
  private readonly player = new PlaybackControl(this.settings);
  private readonly past = new PastView();
  private opening: AbortController | null = null;
  private nextSequence = 0;
  /** The user knows that a clear takes something from another program. */
  private clearConfirmed = false;
  /** How what is open was tracked when that was last looked at. */
  private lastBackend = '';
  private lastProblem = '';
  private lastProgress = { at: -Infinity, step: -1 };
  private ratesAt = -Infinity;
  private readingRates = false;

  constructor(openSource: OpenSourceFunction, { remembers = true }: SessionOptions = {}) {
    this.openSource = openSource;
    this.journal = new Journal(
      { tell: (name, payload) => this.tell(name, payload), recordingChanged: () => void this.tellState() },
      remembers,
    );
  }

  /** The listener hears everything until the returned function is called. */
  listen(listener: SessionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get isOpen(): boolean {
    return this.observer !== null;
  }

  state(): SessionState {
    const source = this.observer?.source;
    return {
      source: source
        ? {
            description: source.description,
            capabilities: source.capabilities,
            running: source.progress?.().running ?? null,
            step: source.progress?.().step ?? null,
            settings: [...(source.settings ?? [])],
            values: { ...source.values?.() },
            playback: source.playback?.state() ?? null,
          }
        : null,
      ended: this.ended,
      ...(this.ended !== null && { endReason: this.endReason }),
      ...this.settings,
      recording: this.journal.recording,
    };
  }

  /** What tracking costs the program at present; null where nothing is tracked. */
  cost(): TrackingCost | null {
    return this.ended === null ? (this.observer?.source.cost?.() ?? null) : null;
  }

  /** What a window shows, as a key frame; null where nothing was sampled. */
  keyFrame(): Frame | null {
    return this.past.picture ?? this.observer?.picture.key() ?? null;
  }

  /**
   * Closes what is open, then opens `what` and samples it at once; with `record`, from its first sample on. A recording is
   * opened before what is open is closed: where it cannot be read, the session goes on. Going through a long one is given
   * up (kind `busy`) where another `open`, or `close`, comes before it is done.
   */
  open(what: OpenSource, record?: RecordingRequest): Promise<SessionState> {
    this.cancelOpening();
    const { signal } = (this.opening = new AbortController());
    // The file that is being written is complete only once it is closed.
    const beside = what.kind === 'recording' && resolve(what.path) !== this.journal.recording?.path;
    return beside ? this.openBeside(what, signal, record) : this.replace(what, signal, null, record);
  }

  private async openBeside(
    what: OpenSource,
    signal: AbortSignal,
    record?: RecordingRequest,
  ): Promise<SessionState> {
    const source = await this.openSource(what, signal);
    return this.replace(what, signal, source, record);
  }

  /** @param readable a recording that is open already; null: `what` is opened once the present source is closed */
  private replace(
    what: OpenSource,
    signal: AbortSignal,
    readable: TrackingSource | null,
    record?: RecordingRequest,
  ): Promise<SessionState> {
    return this.queue.run(async () => {
      if (readable !== null && signal.aborted) {
        await readable.close();
        throw InspectorError.from(signal.reason);
      }
      await this.closeNow();
      const split = what.kind === 'native' ? await this.restorations.end(what.pid) : [];
      this.restoresHuge = !('restoreHuge' in what) || what.restoreHuge !== false;
      const source =
        readable ??
        (await this.openSource(what, signal).catch((cause: unknown) => {
          // What was open is closed all the same.
          this.tellState();
          throw cause;
        }));
      source.expectHuge?.(split);
      const observer = new LiveSampler(source, this.nextSequence);
      await this.journal.begin(observer);
      this.observer = observer;
      this.lastBackend = source.description.backend;
      this.clearConfirmed = false;
      for (const listener of this.listeners) listener.sourceChanged?.();
      if (record) await this.journal.startRecording(record.path, this.settings.hz, record.maxBytes);
      source.onEvent((event) => this.hear(source, event));
      this.player.begin(source.playback);
      if ('mode' in what && what.mode !== undefined) this.selectedMode = what.mode;
      this.settings.mode = this.modeFor(source);
      this.restartSampler();
      // Without a clock that ticks, the first picture is the only one.
      if (source.playback || this.settings.paused) await this.observe(observer, false);
      return this.tellState();
    });
  }

  /** Detaches from the source; the program goes on. */
  close(): Promise<SessionState> {
    this.cancelOpening();
    return this.queue.run(async () => {
      await this.closeNow();
      return this.tellState();
    });
  }

  /** What is being opened is given up, as far as it can be: going through a long file. */
  private cancelOpening(): void {
    this.opening?.abort(new InspectorError('busy', 'Opening was cancelled.', 'Open it again.'));
    this.opening = null;
  }

  /** For the end of the process: detaches without waiting for anything, as far as the source can. */
  abandon(): void {
    this.sampler.stop();
    this.journal.abandon();
    this.restorations.cancelAll();
    this.observer?.source.close().catch(() => undefined);
    this.observer = null;
  }

  configure(change: CommandRequest<'session.configure'>): Promise<SessionState> {
    return this.queue.run(async () => {
      const playback = this.observer?.source.playback;
      if (playback) {
        await this.player.configure(playback, change);
        return this.playbackChanged();
      }
      if (change.mode === 'interval' && this.observer !== null) this.confirmClear(this.observer);
      const halts = change.paused === true && !this.settings.paused;
      if (change.mode !== undefined && change.mode !== this.settings.mode) this.journal.newPhase();
      this.selectedMode = change.mode ?? this.selectedMode;
      this.settings.mode = change.mode ?? this.settings.mode;
      this.settings.hz = change.hz ?? this.settings.hz;
      this.settings.paused = change.paused ?? this.settings.paused;
      this.restartSampler();
      const state = this.tellState();
      // What stays on the screen shall be whole.
      if (halts && this.observer !== null && this.ended === null)
        await this.observeWhole(this.observer, false);
      return state;
    });
  }

  /** One sample now, with all planes. A paused session's program without a clock of its own does not go on for it. */
  sample(): Promise<void> {
    return this.queue.run(async () => {
      const observer = this.live();
      await this.showLatest();
      return this.observeWhole(observer, !this.settings.paused);
    });
  }

  /** Runs an operation and shows what it did, also while paused. */
  operate(request: OperationRequest): Promise<OperationResult> {
    return this.changing((observer) => {
      if (request.op !== 'GET') this.confirmClear(observer);
      return this.journal.operate(observer, request, this.settings.mode);
    });
  }

  clearRefs(): Promise<void> {
    return this.changing((observer) => {
      this.confirmClear(observer);
      return this.journal.clearRefs(observer, this.settings.mode);
    });
  }

  control(action: ControlAction): Promise<SessionState> {
    return this.changing(async ({ source }) => {
      const { control, capabilities } = source;
      if (!control || !capabilities.control.includes(action)) {
        throw new InspectorError('unsupported', `This source has no control "${action}".`);
      }
      await this.journal.logged({ action }, async () => ({ value: await control.call(source, action) }));
      return this.tellState();
    }, action !== 'kill');
  }

  set(name: string, value: ParameterValue): Promise<SessionState> {
    return this.changing(async ({ source }) => {
      const { set } = source;
      if (!set) throw new InspectorError('unsupported', 'This source has no settings.');
      const detail = `${name} = ${value}`;
      await this.journal.logged({ action: 'set', detail }, async () => ({
        value: await set.call(source, name, value),
      }));
      return this.tellState();
    });
  }

  /** One phase of the program ends: everything written since the last is one frame, and cleared; then a mark. */
  dumpAndReset(note: string): Promise<DumpReply> {
    return this.changing((observer) => {
      this.confirmClear(observer);
      return this.journal.dump(observer, this.settings.mode, note, (frame) => this.tellFrame(frame));
    });
  }

  /** Records from now on; resolves to the file. @param maxBytes it ends by itself before the file is larger */
  startRecording(path: string | null, maxBytes?: number): Promise<{ path: string }> {
    return this.queue.run(() => {
      // The first frame shall have all planes as they are now.
      this.live().readStateNext();
      return this.journal.startRecording(path, this.settings.hz, maxBytes);
    });
  }

  stopRecording(): Promise<RecordingProgress> {
    return this.queue.run(async () => {
      // One that was begun and ended while paused has what there is.
      const empty = this.journal.recordedFrames === 0 && this.ended === null;
      if (empty && this.observer !== null) await this.observeWhole(this.observer, false);
      return this.journal.stopRecording();
    });
  }

  /** Seeks that were overtaken by another are left out. @param timeNs null: the end, or the latest of a live session */
  seek(timeNs: number | null): Promise<SeekReply> {
    return this.moving(this.player.seek(timeNs ?? Infinity), (history) =>
      timeNs === null ? Promise.resolve(null) : this.past.at(history, timeNs),
    );
  }

  step(frames: number): Promise<SeekReply> {
    return this.moving(
      (playback) => playback.step(frames),
      (history) => this.past.after(history, frames),
    );
  }

  /** Moves the position of a recording, or what a live session shows. */
  private async moving(
    played: (playback: Playback) => Promise<void>,
    find: (history: LiveHistory) => Promise<PastFrame>,
  ): Promise<SeekReply> {
    if (this.observer?.source.playback)
      return this.queue.run(() => this.moveIn(this.requirePlayback(), played));
    const { observer } = this;
    if (observer === null) throw nothingOpen();
    const { live } = this.journal;
    if (live === null) throw new InspectorError('unsupported', 'This session keeps no history.');
    const request = this.past.begin();
    // Beside the samples: it may read much.
    const frame = await find(live);
    if (frame === null) await live.lastWrites(live.index.endNs);
    return this.queue.run(async () => {
      if (this.observer !== observer) throw nothingOpen();
      if (this.past.isLast(request)) {
        this.past.show(frame);
        await this.showKey();
        if (frame !== null) await this.emitPastRates(live);
      }
      return this.past.position(this.journal.nowNs());
    });
  }

  /** What waits for a window belongs to another time. */
  private async showKey(): Promise<void> {
    const key = this.past.picture ?? (await this.latestKey());
    for (const listener of this.listeners) {
      listener.sourceChanged?.();
      if (key !== null) listener.shown?.(key);
    }
  }

  /** The present picture, with what was written while a window showed the past. */
  private async latestKey(): Promise<Frame | null> {
    const key = this.keyFrame();
    const { live } = this.journal;
    return key && live ? withEarlier(key, await live.lastWrites(Math.round(key.time * 1e6))) : key;
  }

  /** How fast pages were written then. */
  private async emitPastRates(history: LiveHistory): Promise<void> {
    const { picture } = this.past;
    if (picture === null) return;
    const rates = await history.rates(Math.round(picture.time * 1e6));
    if (rates !== null && this.past.picture === picture) this.tell('session.rates', rates);
  }

  /** What is done to the program is seen in the present. */
  private async showLatest(): Promise<void> {
    this.past.begin();
    if (this.past.picture === null) return;
    this.past.show(null);
    await this.showKey();
    this.tell('playback.position', this.past.position(this.journal.nowNs()));
  }

  configurePlaying(change: PlaybackChange): Promise<SessionState> {
    return this.queue.run(async () => {
      await this.requirePlayback().configure(change);
      return this.playbackChanged();
    });
  }

  /** Beside the samples, not between them: it may read much. */
  async compare(a: Moment, b: Moment): Promise<Comparison> {
    const present = this.observer === null ? null : this.journal.history;
    return compareWritten(await readMoment(a, present), await readMoment(b, present));
  }

  walk(page: number): Promise<PageWalk> {
    return this.queue.run(() => {
      const { source } = this.present();
      if (!source.walk) throw new InspectorError('unsupported', 'This source has no page tables to walk.');
      return source.walk(page);
    });
  }

  snapshot(start: number, pages: number): Promise<Snapshot> {
    return this.queue.run(() => {
      const { source } = this.present();
      if (!source.snapshot || !source.capabilities.snapshot)
        throw new InspectorError('unsupported', 'This source cannot stop the program for a snapshot.');
      return source.snapshot(start, pages);
    });
  }

  bytes(page: number, pages: number): Promise<Uint8Array> {
    return this.queue.run(() => {
      const { source } = this.present();
      if (!source.bytes) throw new InspectorError('unsupported', 'This source has no page contents.');
      return source.bytes(page, pages);
    });
  }

  /** Runs `task`, then samples without letting time pass, so that the picture shows what the task did. */
  private changing<T>(task: (observer: LiveSampler) => Promise<T>, look = true): Promise<T> {
    return this.queue.run(async () => {
      const observer = this.live();
      await this.showLatest();
      const result = await task(observer);
      if (look && this.ended === null) await this.observeWhole(observer, false);
      return result;
    });
  }

  private async tick(): Promise<void> {
    // The disk is slower than the samples: they wait, so that memory has a bound and no frame is left out.
    await this.journal.room();
    await this.queue.run(async () => {
      if (this.observer !== null && this.ended === null && !this.settings.paused)
        await this.observe(this.observer, true);
    });
  }

  private observeWhole(observer: LiveSampler, passing: boolean): Promise<void> {
    observer.readStateNext();
    return this.observe(observer, passing);
  }

  /** One sample to everyone; a failure is told and the session goes on. */
  private async observe(observer: LiveSampler, passing: boolean): Promise<void> {
    const { source } = observer;
    const { playback } = source;
    try {
      if (playback && passing && !(await observer.advance(playback))) return this.playbackTold(playback);
      const frame = await observer.sample(this.settings.mode, passing);
      this.tellFrame(frame);
      if (frame.mode !== this.settings.mode) {
        // A recording tells its own.
        this.settings.mode = frame.mode;
        this.tellState();
      }
      if (this.lastProblem !== '') this.tell('session.recovered', { message: this.lastProblem });
      this.lastProblem = '';
      this.tellProgress(source);
      this.emitRates(observer, passing);
      if (playback) this.playbackTold(playback);
    } catch (cause) {
      const error = InspectorError.from(cause);
      if (error.kind === 'program-ended') {
        this.end(error.message, 'exit');
      } else if (error.message !== this.lastProblem) {
        // Once, not at every sample.
        this.lastProblem = error.message;
        this.tell('session.problem', error.toData());
      }
    }
  }

  /** Samples clear nothing that others may use unless the user wants that; a recording has its own mode. */
  private modeFor({ capabilities, playback }: TrackingSource): SampleMode {
    if (playback) return this.settings.mode;
    if (capabilities.clearsForOthers !== undefined && !this.clearConfirmed) return 'hold';
    return this.selectedMode ?? defaultMode(capabilities);
  }

  /** Where a clear takes something from another program, the first one asked for is refused, with the reason. */
  private confirmClear({ source }: LiveSampler): void {
    const { clearsForOthers } = source.capabilities;
    if (clearsForOthers === undefined || this.clearConfirmed) return;
    this.clearConfirmed = true;
    throw new InspectorError(
      'bad-request',
      clearsForOthers,
      'Nothing was cleared. Repeat it to clear anyway.',
    );
  }

  private live(): LiveSampler {
    if (this.observer === null) throw nothingOpen();
    if (this.ended !== null) {
      throw new InspectorError(
        'program-ended',
        this.ended,
        'Open the program again; the last picture stays.',
      );
    }
    return this.observer;
  }

  /** For what is read of the program itself, which is not kept. */
  private present(): LiveSampler {
    const observer = this.live();
    if (this.past.picture === null) return observer;
    throw new InspectorError(
      'unsupported',
      'Page tables and page contents are read live; those of the past are not kept.',
      'Return to live.',
    );
  }

  private requirePlayback(): Playback {
    const { playback } = this.live().source;
    if (playback) return playback;
    throw new InspectorError('unsupported', 'Only recordings can be played.', 'Open a recording.');
  }

  private async moveIn(
    playback: Playback,
    task: (playback: Playback) => Promise<void>,
  ): Promise<PlaybackPosition> {
    try {
      await task(playback);
    } finally {
      if (this.player.differs(playback)) this.playbackChanged();
    }
    // A frame that is still waiting would add its writes to those of this one.
    for (const listener of this.listeners) listener.sourceChanged?.();
    await this.observe(this.live(), false);
    return playback.position();
  }

  /** What the playback does is different now. */
  private playbackChanged(): SessionState {
    this.player.adopt(this.requirePlayback());
    this.restartSampler();
    return this.tellState();
  }

  /** Tells where it stands, and when it came to its end. */
  private playbackTold(playback: Playback): void {
    const position = this.player.moved(playback);
    if (position !== null) this.tell('playback.position', position);
    if (this.player.differs(playback)) this.playbackChanged();
  }

  private async closeNow(): Promise<void> {
    this.sampler.stop();
    await this.journal.end();
    const observer = this.observer;
    this.observer = null;
    this.ended = null;
    this.settings.mode = this.selectedMode ?? 'interval';
    this.past.show(null);
    if (observer === null) return;
    this.nextSequence = observer.picture.nextSequence;
    for (const listener of this.listeners) listener.sourceChanged?.();
    const { source } = observer;
    const restoration = this.restoresHuge && source.detach ? await source.detach() : null;
    await source.close();
    if (restoration !== null) this.restorations.begin(restoration);
  }

  private restartSampler(): void {
    if (this.observer === null || this.ended !== null || this.settings.paused) {
      this.sampler.stop();
    } else {
      this.observer.startClock();
      this.sampler.start(this.observer.source.playback ? PLAYBACK_HZ : this.settings.hz);
    }
  }

  private end(message: string, kind: 'exit' | 'exec' | 'lost'): void {
    if (this.ended !== null) return;
    this.processEvent(kind, message);
    this.ended = message;
    this.endReason = kind;
    this.sampler.stop();
    this.tellState();
  }

  private hear(source: TrackingSource, event: SourceEvent): void {
    // A late word of a source that is closed.
    if (this.observer?.source !== source) return;
    switch (event.type) {
      case 'ended':
        return this.end(event.message, event.reason);
      case 'changed':
        this.noteBackend(source);
        this.tellState();
        return;
      case 'backend':
        this.lastBackend = source.description.backend;
        this.settings.mode = this.modeFor(source);
        this.processEvent('backend', event.reason);
        this.tellState();
        return this.tell('source.notice', { message: event.reason });
      case 'last-look':
        void this.queue.run(async () => {
          if (this.observer?.source === source && this.ended === null)
            await this.observeWhole(this.observer, true);
        });
        return;
      case 'notice':
        this.processEvent(event.process?.kind ?? 'notice', event.message, event.process?.pid);
        // Another address space begins.
        if (event.process?.kind === 'exec')
          this.journal.addMark({ timeNs: null, note: event.message, colour: 'violet' });
        return this.tell('source.notice', { message: event.message });
      case 'output':
        return this.tell('source.output', { stream: event.stream, text: event.text });
    }
  }

  /** For the recording, while there is one. */
  private processEvent(kind: ProcessEventKind, message: string, pid = this.pid): void {
    this.journal.processEvent({ kind, message, pid });
  }

  private get pid(): number | null {
    return this.observer?.source.description.pid ?? null;
  }

  private noteBackend({ description: { backend } }: TrackingSource): void {
    if (backend === this.lastBackend) return;
    this.lastBackend = backend;
    this.processEvent('backend', `Tracked by ${backend} from now on.`);
  }

  private tellProgress(source: TrackingSource): void {
    const step = source.progress?.().step ?? null;
    const now = performance.now();
    if (step === null || step === this.lastProgress.step || now - this.lastProgress.at < PROGRESS_PERIOD)
      return;
    this.lastProgress = { at: now, step };
    this.tell('source.progress', { step });
  }

  /** A sample that was asked for is always in it; of others some a second. */
  private emitRates(observer: LiveSampler, passing: boolean): void {
    const now = performance.now();
    const { playback } = observer.source;
    const period = playback ? RECORDED_RATES_PERIOD_MS : RATES_PERIOD_MS;
    if (passing && now - this.ratesAt < period) return;
    this.ratesAt = now;
    if (playback) void this.emitRecordedRates(observer, playback);
    else if (this.past.picture === null) {
      const rates = observer.meter.rates(observer.picture.written.vmas);
      if (rates !== null) this.tell('session.rates', rates);
    }
  }

  /** Of a recording they are read from its frames; the latest position once the one before was read. */
  private async emitRecordedRates(observer: LiveSampler, playback: Playback): Promise<void> {
    if (this.readingRates) return;
    this.readingRates = true;
    try {
      for (let read = -1; this.observer === observer && read !== playback.position().frame;) {
        const { frame, timeNs } = playback.position();
        read = frame;
        const rates = await playback.history.rates(timeNs);
        if (rates !== null && this.observer === observer) this.tell('session.rates', rates);
        if (playback.state().playing) break;
      }
    } catch {
      // A damaged part: playback reports it.
    } finally {
      this.readingRates = false;
    }
  }

  private tellState(): SessionState {
    const state = this.state();
    this.tell('session.state', state);
    return state;
  }

  private tellFrame(frame: Frame): void {
    this.journal.frame(frame);
    for (const listener of this.listeners) {
      listener.frame?.(frame);
      if (this.past.picture === null) listener.shown?.(frame);
    }
  }

  private tell<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of this.listeners) listener.event?.(name, payload);
  }
}

function nothingOpen(): InspectorError {
  return new InspectorError('no-source', 'Nothing is open.', 'Open a source first.');
}
