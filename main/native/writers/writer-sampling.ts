import type { PageRange } from '#shared/memory/range.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { SessionWriters } from './session-writers.ts';
import type { FirstWrite } from './tracer.ts';

export interface WriterRequest {
  readonly ranges: readonly PageRange[];
  readonly stacks: boolean;
  onWrites(writes: readonly FirstWrite[]): void;
}

/** Which code writes to a tracked process: one request at a time. */
export class WriterSampling {
  private readonly pid: number;
  private current: SessionWriters | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  /**
   * From now on passes on which code wrote first to each page of `ranges` that an interval sample reports as written, after the
   * sample. Replaces an earlier call's; null ends it. Nothing of the program is stopped for it. Throws InspectorError if the kernel does
   * not permit sampling page faults.
   */
  watch(request: WriterRequest | null): void {
    this.current?.close();
    this.current = null;
    if (request === null) return;
    const { ranges, stacks, onWrites } = request;
    this.current = new SessionWriters(this.pid, ranges, stacks, onWrites);
  }

  /** Page faults whose writer is not known because there were too many, since `watch`. */
  get lost(): number {
    return this.current?.lost ?? 0;
  }

  /** To be called after each interval sample, which has the pages of plane Written and was taken from `beginNs` on (process.hrtime). */
  sampled(tiles: TileSet, beginNs: bigint): void {
    this.current?.sampled(tiles, beginNs);
  }
}
