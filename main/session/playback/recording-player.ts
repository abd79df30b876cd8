import { basename } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PlaybackChange, PlaybackPosition, PlaybackState } from '#shared/contract/recording.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { SourceDescription } from '#shared/source/description.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { FrameCursor } from '../../recording/frame-cursor.ts';
import { RecordedHistory } from '../../recording/recorded-history.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { RecordedProgram } from './recorded-program.ts';
import { recordedWalk } from './recorded-walk.ts';
import { PlaybackClock, type RecordedRange } from './playback-clock.ts';

/** How often a file that has no end yet is checked, in milliseconds. */
const REFRESH_MS = 1000;

/** Receives what a player notices. */
export interface PlayerListener {
  /** `state()` returns something else: the recording grew, or damage was found. */
  changed(): void;
  notice(message: string): void;
}

/** A frame of a recording. */
export interface PlayedFrame {
  /** The same array object as last time if nothing changed. */
  readonly vmas: readonly Vma[];
  /** Time spent reading when it was recorded, in nanoseconds. */
  readonly scanNs: number;
  /** Milliseconds since the recording began. */
  readonly time: number;
  readonly mode: SampleMode;
  /** Whether it does not follow the frame taken before, because playback seeked. */
  readonly elsewhere: boolean;
  /** Where it does not: when pages were last written up to it; absent if that is not known. */
  readonly earlier?: FrameStamps;
}

/** Plays a recording: moves through its frames, forward and back. */
export class RecordingPlayer {
  readonly description: SourceDescription;
  readonly history: RecordedHistory;
  /** Frames a second when it was recorded. */
  readonly hz: number;
  /** The simulated program, which can run again; null for others. */
  readonly program: RecordedProgram | null;
  private readonly reader: RecordingReader;
  private readonly cursor: FrameCursor;
  private readonly clock: PlaybackClock;
  private readonly timer: NodeJS.Timeout;
  private listener: PlayerListener | null = null;
  /** What was written in frames that were passed since the last one taken, the current one included. */
  private readonly passed = new TileSet();
  private elsewhere = true;
  /** Earlier writes of the frame that was sought. */
  private earlier: FrameStamps | null = null;
  private closed = false;
  private reportedDamage: string | null = null;
  private refreshing: Promise<unknown> = Promise.resolve();

  /** Opens the recording at its first frame that can be shown. */
  static async open(path: string, signal?: AbortSignal): Promise<RecordingPlayer> {
    const reader = await RecordingReader.open(path, signal ? { signal } : {});
    const player = new RecordingPlayer(reader);
    try {
      if (reader.index.frames > 0) await player.showFirst();
      return player;
    } catch (cause) {
      await player.close();
      throw cause;
    }
  }

  private constructor(reader: RecordingReader) {
    this.reader = reader;
    this.cursor = new FrameCursor(reader);
    this.history = new RecordedHistory(reader);
    this.clock = new PlaybackClock(reader.index.startNs);
    const { info } = reader;
    this.hz = info?.hz ?? 20;
    this.program = info?.rerun === true ? new RecordedProgram(reader) : null;
    this.description = {
      kind: 'recording',
      title: info?.source.title ?? basename(reader.path),
      detail: reader.path,
      pid: info?.source.pid ?? null,
      backend: info === null ? 'recording' : `recording of ${info.source.backend}`,
      launched: false,
    };
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
    this.timer.unref();
  }

  listen(listener: PlayerListener): void {
    this.listener = listener;
  }

  /** Marks in the file. */
  get marks(): RecordingReader['marks'] {
    return this.reader.marks;
  }

  get playing(): boolean {
    return this.clock.playing;
  }

  state(): PlaybackState {
    const { index, path, growing, damage, info } = this.reader;
    const { playing, speed, loop } = this.clock;
    return {
      startNs: index.startNs,
      endNs: index.endNs,
      path,
      frames: index.frames,
      playing,
      speed,
      loop,
      position: this.position(),
      recordedAt: info?.recordedAt ?? null,
      growing,
      damage,
    };
  }

  position(): PlaybackPosition {
    return { timeNs: Math.round(this.clock.timeNs), frame: Math.max(0, this.cursor.frame) };
  }

  /**
   * Advances by `elapsedMs` at its speed. Playback ends at the end, or continues at the start of the loop.
   * @returns whether another frame is to be shown
   */
  async advance(elapsedMs: number): Promise<boolean> {
    this.requireOpen();
    const { index } = this.reader;
    const { clock, cursor } = this;
    if (!clock.playing || index.frames === 0) return false;
    const loopNs = clock.advance(elapsedMs, this.range());
    if (loopNs !== null) {
      await this.seek(loopNs);
      return true;
    }
    const frame = index.at(clock.timeNs);
    if (frame <= cursor.frame) return false;
    try {
      await cursor.advanceTo(frame, this.passed);
    } catch (cause) {
      await this.skipChunk(index.chunkOf(frame), InspectorError.from(cause));
    }
    return true;
  }

  /** Seeks to the last frame at or before `timeNs`, clipped to the recording. */
  async seek(timeNs: number): Promise<void> {
    this.requireOpen();
    const { index } = this.reader;
    if (index.frames === 0) return;
    const time = Math.min(Math.max(timeNs, index.startNs), index.endNs);
    await this.show(index.at(time));
    this.clock.timeNs = time;
  }

  /** Steps `frames` forward, or backward if negative, and pauses. */
  async step(frames: number): Promise<void> {
    this.requireOpen();
    this.clock.playing = false;
    const { index } = this.reader;
    if (index.frames === 0) return;
    const frame = Math.min(Math.max(this.cursor.frame + frames, 0), index.frames - 1);
    // Even if that is the current frame: what was passed on the way does not belong to it.
    await this.show(frame);
    this.clock.timeNs = index.times[frame];
  }

  async configure(change: PlaybackChange): Promise<void> {
    this.requireOpen();
    const beginNs = this.clock.configure(change, this.range());
    if (beginNs !== null) await this.seek(beginNs);
  }

  /** The current frame, with all that was written since the last call in mode interval. @param tiles empty; filled */
  take(tiles: TileSet): PlayedFrame {
    this.requireOpen();
    const { cursor, passed, elsewhere, earlier } = this;
    const { state, vmas } = cursor;
    tiles.copyFrom(state.tiles);
    if (state.mode === 'interval') joinWrites(tiles, passed);
    passed.clear();
    this.elsewhere = false;
    return {
      vmas,
      scanNs: state.scanNs,
      time: (cursor.frame < 0 ? 0 : this.reader.index.times[cursor.frame]) / 1e6,
      mode: state.mode,
      elsewhere,
      ...(elsewhere && earlier !== null && { earlier }),
    };
  }

  /** The page tables at the current frame, or what the recording knows of the page. */
  async walk(page: number): Promise<PageWalk> {
    this.requireOpen();
    const { cursor, program, reader } = this;
    if (program !== null) return program.walk(page, Math.max(0, cursor.frame));
    return recordedWalk(page, cursor, reader.info?.source.kind === 'simulated');
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    this.program?.close();
    this.listener = null;
    await this.refreshing;
    await this.reader.close();
  }

  private range(): RecordedRange {
    const { index, growing } = this.reader;
    return { startNs: index.startNs, endNs: index.endNs, growing };
  }

  private async showFirst(): Promise<void> {
    const { index } = this.reader;
    let problem: unknown = null;
    for (let frame = 0; frame < index.frames; frame = index.firstOfChunk(index.chunkOf(frame) + 1)) {
      try {
        return await this.seek(index.times[frame]);
      } catch (cause) {
        problem ??= cause;
      }
    }
    throw problem;
  }

  /** Shows `frame`; if that cannot be read, what was shown stays, and it rejects. */
  private async show(frame: number): Promise<void> {
    const before = this.cursor.frame;
    this.beginElsewhere();
    try {
      await this.cursor.goTo(frame);
      this.earlier = await this.history.lastWrites(this.reader.index.times[frame]);
    } catch (cause) {
      this.reportDamage();
      if (before >= 0) await this.cursor.goTo(before);
      throw cause;
    }
  }

  private beginElsewhere(): void {
    this.passed.clear();
    this.elsewhere = true;
    this.earlier = null;
  }

  /** Damage is reported once it is found. */
  private reportDamage(): void {
    const { damage } = this.reader;
    if (damage === this.reportedDamage) return;
    this.reportedDamage = damage;
    this.listener?.changed();
  }

  /** A chunk cannot be read: playback continues after it. */
  private async skipChunk(chunk: number, { message }: InspectorError): Promise<void> {
    const { index } = this.reader;
    const at = (index.times[index.firstOfChunk(chunk)] / 1e9).toFixed(1);
    this.listener?.notice(`What was recorded at ${at} s is skipped. ${message}`);
    this.reportDamage();
    this.beginElsewhere();
    for (let next = index.firstOfChunk(chunk + 1); next < index.frames;) {
      if (await this.tryFrame(next)) return;
      next = index.firstOfChunk(index.chunkOf(next) + 1);
    }
    // Nothing readable follows: the last frame that can be shown is kept.
    this.clock.playing = false;
    for (let last = chunk; last > 0; last--) {
      if (await this.tryFrame(index.firstOfChunk(last) - 1)) return;
    }
  }

  /** Whether `frame` could be read, which is the current one then. */
  private async tryFrame(frame: number): Promise<boolean> {
    try {
      await this.cursor.goTo(frame);
      this.clock.timeNs = this.reader.index.times[frame];
      return true;
    } catch {
      return false;
    }
  }

  private requireOpen(): void {
    if (this.closed) throw new InspectorError('no-source', 'The recording is closed.', 'Open it again.');
  }

  private refresh(): void {
    this.refreshing = this.reader.refresh().then(
      (changed) => {
        if (changed) this.listener?.changed();
      },
      (cause: unknown) => {
        clearInterval(this.timer);
        this.listener?.notice(InspectorError.from(cause).message);
      },
    );
  }
}
