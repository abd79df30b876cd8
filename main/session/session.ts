import { resolve } from 'node:path';
import type { CommandRequest, OpenSource } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { NewTrigger } from '#shared/contract/trigger.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { type ActiveSession, nothingOpen } from './active-session.ts';
import type { RecordingRequest } from './history/session-recorder.ts';
import { LiveSession } from './live/live-session.ts';
import { changedSampling, type SamplingChoice } from './live/sampling-choice.ts';
import { PlaybackSession } from './playback/playback-session.ts';
import { RecordingPlayer } from './playback/recording-player.ts';
import { Restorations } from './restorations.ts';
import type { SessionContext } from './session-context.ts';
import { type SessionListener, SessionOutput } from './session-output.ts';
import { TaskQueue } from '#shared/task-queue.ts';

type OpenRecording = Extract<OpenSource, { kind: 'recording' }>;
/** What is opened as a live source. */
export type OpenLive = Exclude<OpenSource, OpenRecording>;
export type OpenSourceFunction = (what: OpenLive) => Promise<TrackingSource>;

export interface SessionOptions {
  /** Whether the last minutes are kept for the timeline and comparisons; default: yes. */
  readonly remembers?: boolean;
}

/**
 * One live source or recording at most, opened and closed here; commands for it are routed to it. They are tasks of one
 * queue: samples and operations wait for each other in the order in which they were asked for.
 */
export class Session {
  /** Huge pages of programs that were detached from. */
  readonly restorations = new Restorations((progress) => this.output.event('huge.restore', progress));
  private readonly openSource: OpenSourceFunction;
  private readonly remembers: boolean;
  private readonly output = new SessionOutput();
  private readonly queue = new TaskQueue();
  private current: ActiveSession | null = null;
  /** Sampling choices for live sources that are opened. */
  private sampling: SamplingChoice = { mode: null, hz: 20, paused: false };
  private opening: AbortController | null = null;
  private nextSequence = 0;

  constructor(openSource: OpenSourceFunction, { remembers = true }: SessionOptions = {}) {
    this.openSource = openSource;
    this.remembers = remembers;
  }

  /** The listener is called until the returned function is. */
  listen(listener: SessionListener): () => void {
    return this.output.listen(listener);
  }

  /** An event that belongs to no source. */
  report<N extends EventName>(name: N, payload: EventPayload<N>): void {
    this.output.event(name, payload);
  }

  /** What is open; null if nothing is. */
  get active(): ActiveSession | null {
    return this.current;
  }

  state(): SessionState {
    const { mode, ...rest } = this.sampling;
    const closed = { source: null, ended: null, mode: mode ?? 'interval', ...rest, recording: null } as const;
    return this.current?.state() ?? closed;
  }

  /** What a window shows, as a key frame; null if nothing was sampled. */
  keyFrame(): Frame | null {
    return this.current?.keyFrame() ?? null;
  }

  /**
   * Closes what is open, then opens `what` and samples it at once; with `record`, from its first sample on, and with triggers that
   * miss no sample. A recording is
   * opened before what is open is closed: if it cannot be read, the session continues. Going through a long one is given
   * up (kind `busy`) if another `open`, or `close`, comes before it is done.
   */
  open(
    what: OpenSource,
    record?: RecordingRequest,
    triggers: readonly NewTrigger[] = [],
  ): Promise<SessionState> {
    this.cancelOpening();
    const { signal } = (this.opening = new AbortController());
    if (what.kind === 'recording') return this.openRecording(what, signal);
    return this.queue.run(() => this.replace((context) => this.openLive(what, context, record, triggers)));
  }

  /** Detaches from the source; the program continues. */
  close(): Promise<SessionState> {
    this.cancelOpening();
    return this.queue.run(async () => {
      await this.closeNow();
      return this.emitState();
    });
  }

  /** Gives up what `open` goes through; a source that is being attached to or launched is still opened. */
  cancelOpening(): void {
    this.opening?.abort(new InspectorError('busy', 'Opening was cancelled.', 'Open it again.'));
    this.opening = null;
  }

  /** For the end of the process: detaches without waiting for anything, as far as the source can. */
  abandon(): void {
    this.restorations.cancelAll();
    this.current?.abandon();
    this.current = null;
  }

  /** How live sources are sampled, or whether a recording plays. */
  configure(change: CommandRequest<'session.configure'>): Promise<SessionState> {
    return this.queue.run(async () => {
      await this.current?.configure(change);
      if (!(this.current instanceof PlaybackSession)) this.sampling = changedSampling(this.sampling, change);
      return this.current === null ? this.emitState() : this.state();
    });
  }

  /** What is open, for what is read concurrently with sampling. */
  require(): ActiveSession {
    if (this.current === null) throw nothingOpen();
    return this.current;
  }

  /** Runs `task` on what is open, in its turn. */
  run<T>(task: (active: ActiveSession) => Promise<T>): Promise<T> {
    return this.queue.run(() => task(this.require()));
  }

  /** Runs `task` on the live source that is open, in its turn. */
  live<T>(task: (live: LiveSession) => Promise<T>): Promise<T> {
    return this.run((active) => {
      if (active instanceof LiveSession) return task(active);
      throw new InspectorError('unsupported', 'A recording has no program.', 'Open a live source.');
    });
  }

  /** The walk of one page: of a live program in its turn, of a recording beside what it plays. */
  walk(page: number): Promise<PageWalk> {
    const active = this.require();
    if (active instanceof PlaybackSession) return active.walk(page);
    return this.live((live) => live.reader.walk(page));
  }

  /** Runs `task` on the recording that is open, in its turn. */
  playback<T>(task: (playback: PlaybackSession) => Promise<T>): Promise<T> {
    return this.run((active) => {
      if (active instanceof PlaybackSession) return task(active);
      throw new InspectorError('unsupported', 'Only recordings can be played.', 'Open a recording.');
    });
  }

  private async openRecording({ path }: OpenRecording, signal: AbortSignal): Promise<SessionState> {
    // The file that is being written is complete only once it is closed.
    const beside = resolve(path) !== this.state().recording?.path;
    const opened = beside ? await RecordingPlayer.open(path, signal) : null;
    return this.queue.run(async () => {
      if (signal.aborted) {
        await opened?.close();
        throw InspectorError.from(signal.reason);
      }
      return this.replace(async (context) => {
        const playback = await PlaybackSession.begin(
          opened ?? (await RecordingPlayer.open(path, signal)),
          context,
        );
        return { active: playback, start: () => playback.start() };
      });
    });
  }

  private async openLive(
    what: OpenLive,
    context: SessionContext,
    record: RecordingRequest | undefined,
    triggers: readonly NewTrigger[],
  ): Promise<Opened> {
    const split = what.kind === 'native' ? await this.restorations.end(what.pid) : [];
    const restores = !('restoreHuge' in what) || what.restoreHuge !== false;
    const source = await this.openSource(what);
    source.hugePages?.expectHuge(split);
    if ('mode' in what && what.mode !== undefined) this.sampling = { ...this.sampling, mode: what.mode };
    const live = new LiveSession(source, context, {
      sampling: this.sampling,
      remembers: this.remembers,
      restore: restores ? (restoration) => this.restorations.begin(restoration) : null,
    });
    return { active: live, start: () => live.start(record, triggers) };
  }

  private async replace(open: (context: SessionContext) => Promise<Opened>): Promise<SessionState> {
    await this.closeNow();
    const { output, queue, nextSequence: sequence } = this;
    try {
      const { active, start } = await open({
        ...{ output, queue, sequence },
        stateChanged: () => void this.emitState(),
      });
      this.current = active;
      output.discontinuity();
      await start();
    } finally {
      // Even if it cannot be opened, what was open is closed.
      this.emitState();
    }
    return this.state();
  }

  private async closeNow(): Promise<void> {
    const active = this.current;
    if (active === null) return;
    try {
      await active.close();
    } finally {
      this.current = null;
      this.nextSequence = active.nextSequence;
      this.output.discontinuity();
    }
  }

  /** Cancels opening a source, if it can be cancelled: reading a long file. */
  private emitState(): SessionState {
    const state = this.state();
    this.output.event('session.state', state);
    return state;
  }
}

interface Opened {
  readonly active: ActiveSession;
  start(): Promise<void>;
}
