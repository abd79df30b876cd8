import { InspectorError } from '#shared/contract/errors.ts';
import type { CommandRequest, OpenSource } from '#shared/contract/commands.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { Snapshot } from '#shared/source/snapshot.ts';
import type { SampleMode, SourceEvent, TrackingSource } from '#shared/source/source.ts';
import { Observer } from './observer.ts';
import { Sampler } from './sampler.ts';
import { TaskQueue } from './task-queue.ts';

export type OpenSourceFunction = (what: OpenSource) => Promise<TrackingSource>;

/** What a session tells; each listener hears every frame and event. */
export interface SessionListener {
  /** A sample was taken. */
  frame?(frame: Frame): void;
  /** Another source is watched from now on, or none: the frames before do not belong to those after. */
  sourceChanged?(): void;
  event?<N extends EventName>(name: N, payload: EventPayload<N>): void;
}

/** Shortest time between two `source.progress` events, in milliseconds. */
const PROGRESS_PERIOD = 100;

/**
 * One source at most, sampled at a steady rate, and the manual operations on it. Calls of the source never overlap:
 * samples and operations wait for each other in the order in which they were asked for.
 */
export class Session {
  private readonly openSource: OpenSourceFunction;
  private readonly listeners = new Set<SessionListener>();
  private readonly queue = new TaskQueue();
  private readonly sampler = new Sampler(() => this.tick());
  private observer: Observer | null = null;
  private ended: string | null = null;
  private mode: SampleMode = 'hold';
  private hz = 20;
  private paused = false;
  private nextSequence = 0;
  private lastProblem = '';
  private lastProgress = { at: -Infinity, step: -1 };

  constructor(openSource: OpenSourceFunction) {
    this.openSource = openSource;
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
            playback: null,
          }
        : null,
      ended: this.ended,
      mode: this.mode,
      hz: this.hz,
      paused: this.paused,
      recording: null,
    };
  }

  /** The picture so far as a key frame; null where nothing was sampled. */
  keyFrame(): Frame | null {
    return this.observer?.picture.key() ?? null;
  }

  /** Closes what is open, then opens `what` and samples it at once. */
  open(what: OpenSource): Promise<SessionState> {
    return this.queue.run(async () => {
      await this.closeNow();
      const source = await this.openSource(what).catch((cause: unknown) => {
        // What was open is closed all the same.
        this.tellState();
        throw cause;
      });
      this.observer = new Observer(source, this.nextSequence);
      source.onEvent((event) => this.hear(source, event));
      for (const listener of this.listeners) listener.sourceChanged?.();
      this.restartSampler();
      return this.tellState();
    });
  }

  /** Detaches from the source; the program goes on. */
  close(): Promise<SessionState> {
    return this.queue.run(async () => {
      await this.closeNow();
      return this.tellState();
    });
  }

  /** For the end of the process: detaches without waiting for anything, as far as the source can. */
  abandon(): void {
    this.sampler.stop();
    this.observer?.source.close().catch(() => undefined);
    this.observer = null;
  }

  configure(change: CommandRequest<'session.configure'>): Promise<SessionState> {
    return this.queue.run(async () => {
      const halts = change.paused === true && !this.paused;
      this.mode = change.mode ?? this.mode;
      this.hz = change.hz ?? this.hz;
      this.paused = change.paused ?? this.paused;
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
    return this.queue.run(() => this.observeWhole(this.live(), !this.paused));
  }

  /** Runs an operation and shows what it did, also while paused. */
  operate(request: OperationRequest): Promise<OperationResult> {
    return this.changing((observer) => observer.operate(request, this.mode));
  }

  clearRefs(): Promise<void> {
    return this.changing((observer) => observer.clearRefs(this.mode));
  }

  control(action: ControlAction): Promise<SessionState> {
    return this.changing(async ({ source }) => {
      if (!source.control || !source.capabilities.control.includes(action)) {
        throw new InspectorError('unsupported', `This source has no control "${action}".`);
      }
      await source.control(action);
      return this.tellState();
    }, action !== 'kill');
  }

  set(name: string, value: ParameterValue): Promise<SessionState> {
    return this.changing(async ({ source }) => {
      if (!source.set) throw new InspectorError('unsupported', 'This source has no settings.');
      await source.set(name, value);
      return this.tellState();
    });
  }

  walk(page: number): Promise<PageWalk> {
    return this.queue.run(() => {
      const { source } = this.live();
      if (!source.walk) throw new InspectorError('unsupported', 'This source has no page tables to walk.');
      return source.walk(page);
    });
  }

  snapshot(start: number, pages: number): Promise<Snapshot> {
    return this.queue.run(() => {
      const { source } = this.live();
      if (!source.snapshot || !source.capabilities.snapshot)
        throw new InspectorError('unsupported', 'This source cannot stop the program for a snapshot.');
      return source.snapshot(start, pages);
    });
  }

  bytes(page: number, pages: number): Promise<Uint8Array> {
    return this.queue.run(() => {
      const { source } = this.live();
      if (!source.bytes) throw new InspectorError('unsupported', 'This source has no page contents.');
      return source.bytes(page, pages);
    });
  }

  /** Runs `task`, then samples without letting time pass, so that the picture shows what the task did. */
  private changing<T>(task: (observer: Observer) => Promise<T>, look = true): Promise<T> {
    return this.queue.run(async () => {
      const observer = this.live();
      const result = await task(observer);
      if (look && this.ended === null) await this.observeWhole(observer, false);
      return result;
    });
  }

  private async tick(): Promise<void> {
    await this.queue.run(async () => {
      if (this.observer !== null && this.ended === null && !this.paused)
        await this.observe(this.observer, true);
    });
  }

  private observeWhole(observer: Observer, passing: boolean): Promise<void> {
    observer.readStateNext();
    return this.observe(observer, passing);
  }

  /** One sample to everyone; a failure is told and the session goes on. */
  private async observe(observer: Observer, passing: boolean): Promise<void> {
    try {
      this.tellFrame(await observer.sample(this.mode, passing));
      this.lastProblem = '';
      this.tellProgress(observer.source);
    } catch (cause) {
      const error = InspectorError.from(cause);
      if (error.kind === 'program-ended') {
        this.end(error.message);
      } else if (error.message !== this.lastProblem) {
        // Once, not at every sample.
        this.lastProblem = error.message;
        this.tell('session.problem', error.toData());
      }
    }
  }

  private live(): Observer {
    if (this.observer === null)
      throw new InspectorError('no-source', 'Nothing is open.', 'Open a source first.');
    if (this.ended !== null) {
      throw new InspectorError(
        'program-ended',
        this.ended,
        'Open the program again; the last picture stays.',
      );
    }
    return this.observer;
  }

  private async closeNow(): Promise<void> {
    this.sampler.stop();
    const observer = this.observer;
    this.observer = null;
    this.ended = null;
    if (observer === null) return;
    this.nextSequence = observer.picture.nextSequence;
    for (const listener of this.listeners) listener.sourceChanged?.();
    await observer.source.close();
  }

  private restartSampler(): void {
    if (this.observer === null || this.ended !== null || this.paused) {
      this.sampler.stop();
    } else {
      this.observer.startClock();
      this.sampler.start(this.hz);
    }
  }

  private end(message: string): void {
    if (this.ended !== null) return;
    this.ended = message;
    this.sampler.stop();
    this.tellState();
  }

  private hear(source: TrackingSource, event: SourceEvent): void {
    // A late word of a source that is closed.
    if (this.observer?.source !== source) return;
    switch (event.type) {
      case 'ended':
        return this.end(event.message);
      case 'notice':
        return this.tell('source.notice', { message: event.message });
      case 'output':
        return this.tell('source.output', { stream: event.stream, text: event.text });
    }
  }

  private tellProgress(source: TrackingSource): void {
    const step = source.progress?.().step ?? null;
    const now = performance.now();
    if (step === null || step === this.lastProgress.step || now - this.lastProgress.at < PROGRESS_PERIOD)
      return;
    this.lastProgress = { at: now, step };
    this.tell('source.progress', { step });
  }

  private tellState(): SessionState {
    const state = this.state();
    this.tell('session.state', state);
    return state;
  }

  private tellFrame(frame: Frame): void {
    for (const listener of this.listeners) listener.frame?.(frame);
  }

  private tell<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of this.listeners) listener.event?.(name, payload);
  }
}
