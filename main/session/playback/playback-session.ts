import type { CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PlaybackChange, PlaybackPosition } from '#shared/contract/recording.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { WriteCountsReply, WriteCountsRequest } from '#shared/contract/write-counts.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { recordingCapabilities } from '#shared/source/capabilities.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { countsReply } from '../../how-often/counts-reply.ts';
import type { History } from '../../recording/history.ts';
import { type ActiveSession, nothingOpen } from '../active-session.ts';
import { ElapsedClock } from '../elapsed-clock.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';
import type { MarkStore } from '../history/mark-store.ts';
import { ProblemReporter } from '../problem-reporter.ts';
import type { SessionContext } from '../session-context.ts';
import { Throttle } from '../throttle.ts';
import { Ticker } from '../ticker.ts';
import { PlaybackRates } from './playback-rates.ts';
import type { RecordingPlayer } from './recording-player.ts';
import { SavedMarks } from './saved-marks.ts';

/** How often a recording that is played shows where it is. */
const PLAYBACK_HZ = 30;
/** Shortest time between two `session.rates` events, which are read from the file. */
const RATES_PERIOD_MS = 1000;

/** A recording that is open: `paused` is "not playing"; mode and rate are those of the file. */
export class PlaybackSession implements ActiveSession {
  readonly history: History;
  private readonly context: SessionContext;
  private readonly player: RecordingPlayer;
  private readonly saved: SavedMarks;
  private readonly frames: FrameBuilder;
  private readonly rates: PlaybackRates;
  private readonly clock = new ElapsedClock();
  private readonly scratch = new TileSet();
  private readonly problems: ProblemReporter;
  private readonly ticker = new Ticker(() => this.tick());
  private readonly ratesThrottle = new Throttle(RATES_PERIOD_MS);
  private mode: SampleMode = 'interval';
  /** Whether it was playing when the state was last emitted. */
  private playing = false;
  private lastPosition: PlaybackPosition | null = null;
  private seeks = 0;
  private closed = false;

  private constructor(player: RecordingPlayer, saved: SavedMarks, context: SessionContext) {
    this.player = player;
    this.saved = saved;
    this.context = context;
    this.history = player.history;
    this.frames = new FrameBuilder(context.sequence);
    this.problems = new ProblemReporter(context.output);
    this.rates = new PlaybackRates(player, context.output);
  }

  static async begin(player: RecordingPlayer, context: SessionContext): Promise<PlaybackSession> {
    return new PlaybackSession(player, await SavedMarks.read(player, context.output), context);
  }

  get marks(): MarkStore {
    return this.saved.store;
  }

  get nextSequence(): number {
    return this.frames.nextSequence;
  }

  /** Shows the first frame. */
  async start(): Promise<void> {
    const { output } = this.context;
    output.event('marks.changed', { marks: this.marks.list });
    this.player.listen({
      changed: () => this.context.stateChanged(),
      notice: (message) => output.event('source.notice', { message }),
    });
    await this.sample();
  }

  state(): SessionState {
    const { player, mode } = this;
    return {
      source: {
        description: player.description,
        capabilities: recordingCapabilities(player.program !== null),
        running: null,
        step: null,
        settings: [],
        values: {},
        playback: player.state(),
      },
      ended: null,
      ...{ mode, hz: player.hz, paused: !player.playing },
      recording: null,
    };
  }

  keyFrame(): Frame | null {
    return this.frames.key();
  }

  cost(): null {
    return null;
  }

  async configure({ mode, hz, paused }: CommandRequest<'session.configure'>): Promise<void> {
    if ((mode !== undefined && mode !== this.mode) || (hz !== undefined && hz !== this.player.hz)) {
      throw new InspectorError(
        'unsupported',
        'A recording has the mode and the rate with which it was made.',
      );
    }
    await this.configurePlaying(paused === undefined ? {} : { playing: !paused });
  }

  async configurePlaying(change: PlaybackChange): Promise<void> {
    await this.player.configure(change);
    this.playingChanged();
  }

  /** The current frame, again. */
  sample(): Promise<void> {
    return this.report(() => this.emitFrame(true));
  }

  async countWrites(request: WriteCountsRequest): Promise<WriteCountsReply> {
    const { timeNs } = this.player.position();
    const { unit, intervals } = request;
    return countsReply(await this.history.counts(timeNs, unit, intervals), request, timeNs);
  }

  /** Seeks that were overtaken by another are left out. */
  seek(timeNs: number | null): Promise<PlaybackPosition> {
    const request = ++this.seeks;
    return this.move(async () => {
      if (request === this.seeks) await this.player.seek(timeNs ?? Infinity);
    });
  }

  /** Runs while it plays: it can take long if the program must run again. */
  walk(page: number): Promise<PageWalk> {
    return this.player.walk(page);
  }

  step(frames: number): Promise<PlaybackPosition> {
    return this.move(() => this.player.step(frames));
  }

  async close(): Promise<void> {
    this.stop();
    await this.saved.settled();
    await this.player.close();
  }

  abandon(): void {
    this.stop();
    this.player.close().catch(() => undefined);
  }

  private stop(): void {
    this.closed = true;
    this.ticker.stop();
    this.rates.stop();
  }

  /** Moves the position, and shows the frame there. */
  private move(task: () => Promise<void>): Promise<PlaybackPosition> {
    return this.context.queue.run(async () => {
      if (this.closed) throw nothingOpen();
      try {
        await task();
      } finally {
        if (this.player.playing !== this.playing) this.playingChanged();
      }
      // A frame that is still pending would add its writes to those of this one.
      this.context.output.discontinuity();
      await this.sample();
      return this.player.position();
    });
  }

  private tick(): Promise<void> {
    return this.context.queue.run(async () => {
      if (this.closed || !this.player.playing) return;
      await this.report(async () => {
        if (await this.player.advance(this.clock.take())) this.emitFrame(false);
        else this.emitPosition();
      });
    });
  }

  /** A failure is reported, and the session continues. */
  private async report(task: () => Promise<void> | void): Promise<void> {
    try {
      await task();
      this.problems.succeeded();
    } catch (cause) {
      this.problems.failed(InspectorError.from(cause));
    }
  }

  /** @param asked the frame was asked for: its rates are emitted whenever the last ones were */
  private emitFrame(asked: boolean): void {
    this.scratch.clear();
    const { time, mode, elsewhere, earlier, ...sample } = this.player.take(this.scratch);
    const frame = this.frames.advance({
      sample,
      tiles: this.scratch,
      mode,
      // A recording has every plane of every frame.
      state: true,
      time,
      whole: elsewhere,
      ...(earlier && { earlier }),
    });
    const { output } = this.context;
    output.frame(frame);
    output.shown(frame);
    if (mode !== this.mode) {
      this.mode = mode;
      this.context.stateChanged();
    }
    if (this.ratesThrottle.take(asked)) this.rates.emit();
    this.emitPosition();
  }

  /** Emits the position if it is different from the last time, and that playing ended. */
  private emitPosition(): void {
    const position = this.player.position();
    const { timeNs, frame } = position;
    if (timeNs !== this.lastPosition?.timeNs || frame !== this.lastPosition.frame) {
      this.lastPosition = position;
      this.context.output.event('playback.position', position);
    }
    if (this.player.playing !== this.playing) this.playingChanged();
  }

  private playingChanged(): void {
    const { playing } = this.player;
    this.playing = playing;
    this.ticker.stop();
    if (playing) {
      this.clock.restart();
      this.ticker.start(PLAYBACK_HZ);
    }
    this.context.stateChanged();
  }
}
