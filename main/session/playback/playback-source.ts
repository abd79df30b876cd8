import { basename } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import type {
  PlaybackChange,
  PlaybackPosition,
  PlaybackState,
  TimeRange,
} from '#shared/contract/recording.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { Playback } from '#shared/source/history.ts';
import type { OperationResult } from '#shared/source/operation.ts';
import type { SourceDescription } from '#shared/source/description.ts';
import type {
  Sample,
  SampleRequest,
  SourceEvent,
  SourceProgress,
  TrackingSource,
} from '#shared/source/source.ts';
import { FrameCursor } from '../../recording/frame-cursor.ts';
import { RecordedHistory } from '../../recording/recorded-history.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';

/** How often a file that has no end yet is looked at, in milliseconds. */
const LOOK_EVERY = 1000;
const NS = 1e6;

/** Nothing can be done to a program that is not there. */
const CAPABILITIES: Capabilities = {
  get: false,
  clear: false,
  getAndClear: 'none',
  noReusedRegions: false,
  clearRefs: false,
  walk: 'none',
  bytes: false,
  snapshot: false,
  control: [],
  seek: true,
};

/** A recording as a source: a sample is the frame at which the playback stands. */
export class PlaybackSource implements TrackingSource, Playback {
  readonly description: SourceDescription;
  readonly capabilities = CAPABILITIES;
  readonly history: RecordedHistory;
  readonly hz: number;
  private readonly reader: RecordingReader;
  private readonly cursor: FrameCursor;
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  private readonly timer: NodeJS.Timeout;
  /** What was written in frames that were passed since the last sample, the present one included. */
  private readonly passed = new TileSet();
  private elsewhere = true;
  /** Of the frame that was gone to. */
  private earlier: FrameStamps | null = null;
  private timeNs: number;
  private playing = false;
  private speed = 1;
  private loop: TimeRange | null = null;
  private closed = false;
  private toldDamage: string | null = null;
  private looking: Promise<unknown> = Promise.resolve();

  /** Opens the recording and stands at its first frame that can be shown. */
  static async open(path: string, signal?: AbortSignal): Promise<PlaybackSource> {
    const reader = await RecordingReader.open(path, signal ? { signal } : {});
    const source = new PlaybackSource(reader);
    try {
      if (reader.index.frames > 0) await source.showFirst();
      return source;
    } catch (cause) {
      await source.close();
      throw cause;
    }
  }

  private constructor(reader: RecordingReader) {
    this.reader = reader;
    this.cursor = new FrameCursor(reader);
    this.history = new RecordedHistory(reader);
    this.timeNs = reader.index.startNs;
    const { info } = reader;
    this.hz = info?.hz ?? 20;
    this.description = {
      kind: 'recording',
      title: info?.source.title ?? basename(reader.path),
      detail: reader.path,
      pid: info?.source.pid ?? null,
      backend: info === null ? 'recording' : `recording of ${info.source.backend}`,
      launched: false,
    };
    this.timer = setInterval(() => this.look(), LOOK_EVERY);
    this.timer.unref();
  }

  get playback(): Playback {
    return this;
  }

  /** Marks that stand in the file. */
  get marks(): RecordingReader['marks'] {
    return this.reader.marks;
  }

  state(): PlaybackState {
    const { index, path, growing, damage, info } = this.reader;
    return {
      startNs: index.startNs,
      endNs: index.endNs,
      path,
      frames: index.frames,
      playing: this.playing,
      speed: this.speed,
      loop: this.loop,
      position: this.position(),
      recordedAt: info?.recordedAt ?? null,
      growing,
      damage,
    };
  }

  position(): PlaybackPosition {
    return { timeNs: Math.round(this.timeNs), frame: Math.max(0, this.cursor.frame) };
  }

  async advance(elapsed: number): Promise<boolean> {
    this.live();
    const { index } = this.reader;
    if (!this.playing || index.frames === 0) return false;
    const wanted = this.timeNs + elapsed * NS * this.speed;
    const end = this.loop?.endNs ?? index.endNs;
    if (wanted > end && this.loop !== null) {
      await this.seek(this.loop.startNs);
      return true;
    }
    this.timeNs = Math.min(wanted, index.endNs);
    // Who waits for a file that grows plays on when there is more.
    if (wanted >= index.endNs && !this.reader.growing) this.playing = false;
    const frame = index.at(this.timeNs);
    if (frame <= this.cursor.frame) return false;
    try {
      await this.cursor.advanceTo(frame, this.passed);
    } catch (cause) {
      await this.passOver(index.chunkOf(frame), InspectorError.from(cause));
    }
    return true;
  }

  async seek(timeNs: number): Promise<void> {
    this.live();
    const { index } = this.reader;
    if (index.frames === 0) return;
    const time = Math.min(Math.max(timeNs, index.startNs), index.endNs);
    await this.show(index.at(time));
    this.timeNs = time;
  }

  async step(frames: number): Promise<void> {
    this.live();
    this.playing = false;
    const { index } = this.reader;
    if (index.frames === 0) return;
    const frame = Math.min(Math.max(this.cursor.frame + frames, 0), index.frames - 1);
    // Also where it stands there already: what was passed on the way does not belong to this frame.
    await this.show(frame);
    this.timeNs = index.times[frame];
  }

  async configure({ playing, speed, loop }: PlaybackChange): Promise<void> {
    this.live();
    const { index } = this.reader;
    if (loop) {
      const startNs = Math.max(loop.startNs, index.startNs);
      const endNs = Math.min(loop.endNs, index.endNs);
      if (!(startNs < endNs)) {
        throw new InspectorError(
          'bad-request',
          'The loop has no part of the recording in it.',
          'Choose another.',
        );
      }
      this.loop = { startNs, endNs };
    }
    if (loop === null) this.loop = null;
    if (speed !== undefined) this.speed = speed;
    if (playing === undefined) return;
    this.playing = playing;
    if (!playing || index.frames === 0) return;
    const { startNs, endNs } = this.loop ?? index;
    const outside = this.loop !== null && (this.timeNs < startNs || this.timeNs > endNs);
    if (outside || (this.timeNs >= endNs && !this.reader.growing)) await this.seek(startNs);
  }

  /** The frame at which it stands, with all that was written since the last sample in mode interval. */
  sample({ tiles }: SampleRequest): Promise<Sample> {
    return new Promise((resolve) => {
      this.live();
      const { cursor, passed, elsewhere, earlier } = this;
      const { state, vmas } = cursor;
      copyTiles(state.tiles, tiles);
      if (state.mode === 'interval') joinWrites(tiles, passed);
      passed.clear();
      this.elsewhere = false;
      const recorded = {
        ...{ time: this.frameTime() / NS, mode: state.mode, elsewhere },
        ...(elsewhere && earlier !== null && { earlier }),
      };
      resolve({ vmas, scanNs: state.scanNs, recorded });
    });
  }

  operate(): Promise<OperationResult> {
    return Promise.reject(
      new InspectorError(
        'unsupported',
        'A recording has no program to ask.',
        'The operations that were made when it was recorded are on the timeline.',
      ),
    );
  }

  progress(): SourceProgress {
    return { running: null, step: null };
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    this.listeners.clear();
    await this.looking;
    await this.reader.close();
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

  /** Shows `frame`; where that cannot be read, what was shown stays, and it rejects. */
  private async show(frame: number): Promise<void> {
    const before = this.cursor.frame;
    this.passed.clear();
    this.elsewhere = true;
    this.earlier = null;
    try {
      await this.cursor.goTo(frame);
      this.earlier = await this.history.lastWrites(this.reader.index.times[frame]);
    } catch (cause) {
      this.tellDamage();
      if (before >= 0) await this.cursor.goTo(before);
      throw cause;
    }
  }

  /** Damage counts once it is met. */
  private tellDamage(): void {
    const { damage } = this.reader;
    if (damage === this.toldDamage) return;
    this.toldDamage = damage;
    this.tell({ type: 'changed' });
  }

  /** Playing meets a chunk that cannot be read: it goes on after it. */
  private async passOver(chunk: number, { message }: InspectorError): Promise<void> {
    const { index } = this.reader;
    const at = (index.times[index.firstOfChunk(chunk)] / 1e9).toFixed(1);
    this.tell({ type: 'notice', message: `What was recorded at ${at} s is passed over. ${message}` });
    this.tellDamage();
    this.elsewhere = true;
    this.earlier = null;
    this.passed.clear();
    for (let next = index.firstOfChunk(chunk + 1); next < index.frames;) {
      try {
        await this.cursor.goTo(next);
        this.timeNs = index.times[next];
        return;
      } catch {
        next = index.firstOfChunk(index.chunkOf(next) + 1);
      }
    }
    // Nothing readable comes any more: it stands at the last frame that could be shown.
    this.playing = false;
    for (let last = chunk; last > 0; last--) {
      try {
        const frame = index.firstOfChunk(last) - 1;
        await this.cursor.goTo(frame);
        this.timeNs = index.times[frame];
        return;
      } catch {
        // The one before it.
      }
    }
  }

  private frameTime(): number {
    const { cursor, reader } = this;
    return cursor.frame < 0 ? 0 : reader.index.times[cursor.frame];
  }

  private live(): void {
    if (this.closed) throw new InspectorError('no-source', 'The recording is closed.', 'Open it again.');
  }

  private look(): void {
    this.looking = this.reader.refresh().then(
      (changed) => {
        if (changed) this.tell({ type: 'changed' });
      },
      (cause: unknown) => {
        clearInterval(this.timer);
        this.tell({ type: 'notice', message: InspectorError.from(cause).message });
      },
    );
  }

  private tell(event: SourceEvent): void {
    if (!this.closed) for (const listener of this.listeners) listener(event);
  }
}

const WORDS_PER_SLOT = PLANE_COUNT * WORDS_PER_TILE;

function copyTiles(from: TileSet, to: TileSet): void {
  for (let slot = 0; slot < from.size; slot++) {
    const at = to.offset(to.ensure(from.indexes[slot]), 0 as Plane);
    to.words.set(from.words.subarray(slot * WORDS_PER_SLOT, (slot + 1) * WORDS_PER_SLOT), at);
  }
}
