import { InspectorError } from '#shared/contract/errors.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { Playback } from '#shared/source/history.ts';
import type { SampleMode, TrackingSource } from '#shared/source/source.ts';
import { WriteRateMeter } from '../../recording/write-rates.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';
import { StateReadPolicy } from './state-read-policy.ts';

const EVERYTHING: PageRange = { start: 0, end: Infinity };
/** The longest that a program without a clock of its own runs for one sample, in milliseconds: the slowest rate's. */
const LONGEST_ELAPSED = 10_000;

/**
 * One open source and the picture that its samples add up to. In mode interval no written page is missed: what an
 * operation takes out of the source's books goes into the interval in which it happened.
 */
export class LiveSampler {
  readonly source: TrackingSource;
  readonly picture: FrameBuilder;
  /** How fast pages are written; not of a recording, whose samples join frames. */
  readonly meter = new WriteRateMeter();
  private readonly opened = performance.now();
  private readonly plan = new StateReadPolicy();
  private readonly scratch = new TileSet();
  private vmas: unknown = null;
  private clock = performance.now();

  /** @param sequence of the first frame */
  constructor(source: TrackingSource, sequence: number) {
    this.source = source;
    this.picture = new FrameBuilder(sequence);
  }

  /** The time that passed until now does not count for the program. */
  startClock(): void {
    this.clock = performance.now();
  }

  /** The next sample shall read the state planes too. */
  readStateNext(): void {
    this.plan.ask();
  }

  /**
   * One sample.
   * @param passing whether the time since the last such sample passes for a program without a clock of its own
   */
  async sample(mode: SampleMode, passing: boolean): Promise<Frame> {
    const began = performance.now();
    const elapsed = passing ? Math.min(began - this.clock, LONGEST_ELAPSED) : 0;
    if (passing) this.clock = began;
    const state = this.plan.due(began);
    this.scratch.clear();
    const sample = await this.source.sample({ mode, tiles: this.scratch, state, elapsed });
    const ended = performance.now();
    if (state) this.plan.done(ended, ended - began);
    // New mappings have other states than what was there before.
    if (!state && sample.vmas !== this.vmas) this.plan.ask();
    this.vmas = sample.vmas;
    const { recorded } = sample;
    const frame = this.picture.advance({
      sample,
      tiles: this.scratch,
      mode: recorded?.mode ?? mode,
      // A recording has every plane of every frame.
      state: state || recorded !== undefined,
      time: recorded?.time ?? ended - this.opened,
      whole: recorded?.elsewhere ?? false,
      ...(recorded?.earlier && { earlier: recorded.earlier }),
    });
    if (!recorded) this.meter.note(this.scratch, sample.vmas, mode, frame.time);
    return frame;
  }

  /** Milliseconds since the source was opened; of a recording, where the playback stands. */
  now(): number {
    const { playback } = this.source;
    return playback ? playback.position().timeNs / 1e6 : performance.now() - this.opened;
  }

  /** Lets a recording play on for as long as passed; whether there is another frame to show. */
  async advance(playback: Playback): Promise<boolean> {
    const began = performance.now();
    const elapsed = Math.min(began - this.clock, LONGEST_ELAPSED);
    this.clock = began;
    return playback.advance(elapsed);
  }

  /**
   * Everything that is written is read and cleared, at once where the source can. The frame shows it in mode hold too;
   * the next one shows what came after.
   */
  async dump(mode: SampleMode): Promise<Frame> {
    this.scratch.clear();
    const sample = await this.source.sample({
      mode: 'interval',
      tiles: this.scratch,
      state: true,
      explicit: true,
    });
    this.vmas = sample.vmas;
    const time = performance.now() - this.opened;
    const frame = this.picture.advance({
      sample,
      tiles: this.scratch,
      mode,
      state: true,
      time,
      whole: false,
    });
    this.meter.note(this.scratch, sample.vmas, mode, time);
    this.meter.cleared(EVERYTHING);
    return frame;
  }

  /** A manual operation. */
  async operate(request: OperationRequest, mode: SampleMode): Promise<OperationResult> {
    const { source } = this;
    if (mode === 'hold') {
      const result = await source.operate(request);
      this.noteCleared(request, result);
      return result;
    }
    if (request.op === 'GET') return noted(await source.operate(request));
    if (source.capabilities.noReusedRegions) {
      await this.takeAll();
      return noted(await source.operate(request));
    }
    // Without VM_SOFTDIRTY, GET_AND_CLEAR clears the same pages as CLEAR, and tells which.
    const { op, len } = request;
    const vecLen = op === 'CLEAR' ? Math.max(1, pagesOfBytes(len)) : request.vecLen;
    const result = await source.operate({ ...request, op: 'GET_AND_CLEAR', vecLen });
    if (!result.ok) return result;
    this.picture.takeRuns(result.runs);
    return op === 'CLEAR' ? { ...result, ret: 0, runs: new Float64Array(0), next: null } : noted(result);
  }

  /** clear_refs "4". */
  async clearRefs(mode: SampleMode): Promise<void> {
    const { source } = this;
    if (!source.clearRefs || !source.capabilities.clearRefs) {
      throw new InspectorError('unsupported', 'This source cannot clear the whole process at once.');
    }
    if (mode === 'interval') {
      // The sample that follows clears every page, and without VM_SOFTDIRTY there is nothing else to clear.
      if (!source.capabilities.noReusedRegions) return;
      await this.takeAll();
    }
    await source.clearRefs();
    this.meter.cleared(EVERYTHING);
  }

  /** What an operation of mode hold cleared. */
  private noteCleared({ op, start, len }: OperationRequest, result: OperationResult): void {
    if (!result.ok || op === 'GET') return;
    const first = pageOfAddress(start);
    if (op === 'CLEAR') return this.meter.cleared({ start: first, end: first + pagesOfBytes(len) });
    for (let i = 0; i < result.runs.length; i += 2)
      this.meter.cleared({ start: result.runs[i], end: result.runs[i] + result.runs[i + 1] });
  }

  /**
   * Everything that is written now counts for the interval that the next sample ends: that sample would have found it.
   * Exact where the program does not run between two calls; a source that knows VM_SOFTDIRTY and is not simulated has
   * no atomic clear anyway.
   */
  private async takeAll(): Promise<void> {
    this.scratch.clear();
    await this.source.sample({ mode: 'hold', tiles: this.scratch, state: false });
    this.picture.take(this.scratch);
  }
}

function noted(result: OperationResult): OperationResult {
  const note =
    'Every interval sample clears what it reads, so this shows only what was written since the last one.';
  return { ...result, notes: [...result.notes, note] };
}
