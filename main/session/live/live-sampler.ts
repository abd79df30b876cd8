import type { Frame } from '#shared/frame/frame.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode, TrackingSource } from '#shared/source/source.ts';
import { WriteRateMeter } from '../../recording/write-rates.ts';
import { ElapsedClock } from '../elapsed-clock.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';
import { StateReadPolicy } from './state-read-policy.ts';

const EVERYTHING: PageRange = { start: 0, end: Infinity };

/** Samples a live source; makes a frame of each sample. */
export class LiveSampler {
  readonly source: TrackingSource;
  readonly frames: FrameBuilder;
  /** How fast pages are written. */
  readonly meter = new WriteRateMeter();
  /** Gets the pages, as runs [first, end), that a sample found written and cleared. */
  onCleared: (runs: Iterable<readonly [number, number]>) => void = () => undefined;
  /** Whether `onCleared` wants them. */
  reportsCleared = (): boolean => false;
  private readonly opened = performance.now();
  private readonly policy = new StateReadPolicy();
  private readonly scratch = new TileSet();
  private vmas: unknown = null;
  private readonly clock = new ElapsedClock();

  /** @param sequence of the first frame */
  constructor(source: TrackingSource, sequence: number) {
    this.source = source;
    this.frames = new FrameBuilder(sequence);
  }

  /** Milliseconds since the source was opened. */
  now(): number {
    return performance.now() - this.opened;
  }

  /** The time that passed until now does not count for the program. */
  startClock(): void {
    this.clock.restart();
  }

  /** The next sample reads the state planes too. */
  readStateNext(): void {
    this.policy.ask();
  }

  /**
   * One sample.
   * @param passing whether the time since the last such sample passes for a program without a clock of its own
   */
  async sample(mode: SampleMode, passing: boolean): Promise<Frame> {
    const began = performance.now();
    const elapsed = passing ? this.clock.take() : 0;
    const state = this.policy.due(began);
    this.scratch.clear();
    const sample = await this.source.sample({ mode, tiles: this.scratch, state, elapsed });
    if (mode === 'interval') this.noteTaken();
    const ended = performance.now();
    if (state) this.policy.done(ended, ended - began);
    // New mappings have other states than what was there before.
    if (!state && sample.vmas !== this.vmas) this.policy.ask();
    this.vmas = sample.vmas;
    const time = ended - this.opened;
    const frame = this.frames.advance({ sample, tiles: this.scratch, mode, state, time, whole: false });
    this.meter.note(this.scratch, sample.vmas, mode, time);
    return frame;
  }

  /**
   * Everything that is written is read and cleared, at once if the source can. The frame shows it in mode hold too;
   * the next one shows what came after.
   */
  async dump(mode: SampleMode): Promise<Frame> {
    this.scratch.clear();
    const tiles = this.scratch;
    const sample = await this.source.sample({ mode: 'interval', tiles, state: true, explicit: true });
    this.noteTaken();
    this.vmas = sample.vmas;
    const time = this.now();
    const frame = this.frames.advance({ sample, tiles, mode, state: true, time, whole: false });
    this.meter.note(tiles, sample.vmas, mode, time);
    this.meter.cleared(EVERYTHING);
    return frame;
  }

  /**
   * Everything that is written now counts for the interval that the next sample ends: that sample would have found it.
   * Exact if the program does not run between two calls; a source that knows VM_SOFTDIRTY and is not simulated has
   * no atomic clear anyway.
   */
  async takeAll(): Promise<void> {
    this.scratch.clear();
    await this.source.sample({ mode: 'hold', tiles: this.scratch, state: false });
    this.frames.take(this.scratch);
  }

  /** What is written now is about to be cleared by other means: it is reported as cleared if that is wanted. */
  async noteWritten(): Promise<void> {
    if (!this.reportsCleared()) return;
    this.scratch.clear();
    await this.source.sample({ mode: 'hold', tiles: this.scratch, state: false });
    this.noteTaken();
  }

  /** These pages, all by default, were cleared outside of a sample. */
  cleared(range: PageRange = EVERYTHING): void {
    this.meter.cleared(range);
  }

  private noteTaken(): void {
    if (this.reportsCleared()) this.onCleared(this.scratch.runs(Plane.Written));
  }
}
