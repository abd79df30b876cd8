import { InspectorError } from '#shared/contract/errors.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { pagesOfBytes } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { SampleMode, TrackingSource } from '#shared/source/source.ts';
import { Picture } from './picture.ts';
import { StatePlan } from './state-plan.ts';

/** The longest that a program without a clock of its own runs for one sample, in milliseconds. */
const LONGEST_ELAPSED = 1000;

/**
 * One open source and the picture that its samples add up to. In mode interval no written page is missed: what an
 * operation takes out of the source's books goes into the interval in which it happened.
 */
export class Observer {
  readonly source: TrackingSource;
  readonly picture: Picture;
  private readonly opened = performance.now();
  private readonly plan = new StatePlan();
  private readonly scratch = new TileSet();
  private vmas: unknown = null;
  private clock = performance.now();
  /** Frames of samples that were taken for an operation's sake and not handed out yet. */
  private ready: Frame[] = [];

  /** @param sequence of the first frame */
  constructor(source: TrackingSource, sequence: number) {
    this.source = source;
    this.picture = new Picture(sequence);
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
   * @returns the frames since the last call: this sample's, and before it those taken for operations
   */
  async sample(mode: SampleMode, passing: boolean): Promise<readonly Frame[]> {
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
    const time = ended - this.opened;
    this.ready.push(this.picture.advance({ sample, tiles: this.scratch, mode, state, time }));
    const frames = this.ready;
    this.ready = [];
    return frames;
  }

  /** A manual operation. */
  async operate(request: OperationRequest, mode: SampleMode): Promise<OperationResult> {
    if (mode === 'hold' || request.op === 'GET') return this.source.operate(request);
    if (request.op === 'CLEAR') {
      // A source without VM_SOFTDIRTY clears the same pages with GET_AND_CLEAR, and tells which.
      if (!this.source.capabilities.noReusedRegions) return this.clearAndTake(request);
      // One with it is simulated or stopped for the sample: nothing is written between the two.
      await this.keepSample(mode);
      return this.source.operate(request);
    }
    const result = await this.source.operate(request);
    if (result.ok) this.picture.take(result.runs);
    return result;
  }

  /** clear_refs "4". */
  async clearRefs(mode: SampleMode): Promise<void> {
    const { source } = this;
    if (!source.clearRefs || !source.capabilities.clearRefs) {
      throw new InspectorError('unsupported', 'This source cannot clear the whole process at once.');
    }
    if (mode === 'interval') {
      await this.keepSample(mode);
      // The sample cleared every page already; clearing again would lose what was written since.
      if (!source.capabilities.noReusedRegions) return;
    }
    await source.clearRefs();
  }

  private async clearAndTake(request: OperationRequest): Promise<OperationResult> {
    const vecLen = request.len > 0n ? pagesOfBytes(request.len) : 1;
    const result = await this.source.operate({ ...request, op: 'GET_AND_CLEAR', vecLen });
    if (!result.ok) return result;
    this.picture.take(result.runs);
    return { ...result, ret: 0, runs: new Float64Array(0), next: null };
  }

  /** A sample whose frame is handed out with the next one. */
  private async keepSample(mode: SampleMode): Promise<void> {
    const frames = await this.sample(mode, false);
    this.ready = [...frames];
  }
}
