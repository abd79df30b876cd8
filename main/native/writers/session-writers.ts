import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { PageFaults } from './page-faults.ts';
import type { FirstWrite } from './tracer.ts';

/** How often faults are taken from the buffers between samples, in milliseconds. */
const COLLECT_MS = 10;

/** The first writers of the pages that a source's interval samples report: the source continues as without them. */
export class SessionWriters {
  private readonly faults: PageFaults;
  private readonly listener: (writes: readonly FirstWrite[]) => void;
  private readonly timer: NodeJS.Timeout;

  /** Throws InspectorError if page faults cannot be sampled. */
  constructor(
    pid: number,
    ranges: readonly PageRange[],
    stacks: boolean,
    listener: (writes: readonly FirstWrite[]) => void,
  ) {
    this.faults = new PageFaults(pid, ranges, stacks);
    this.listener = listener;
    this.timer = setInterval(() => this.faults.collect(), COLLECT_MS);
    this.timer.unref();
  }

  /** Faults that were lost because the buffers were full. */
  get lost(): number {
    return this.faults.lost;
  }

  /** To be called after each interval sample, which has the pages of plane Written and was taken from `beginNs` on (process.hrtime). */
  sampled(tiles: TileSet, beginNs: bigint): void {
    const isWritten = (page: number) => tiles.test(Plane.Written, page);
    const writes = this.faults.take(isWritten, beginNs, process.hrtime.bigint());
    if (writes.length > 0) this.listener(writes);
  }

  close(): void {
    clearInterval(this.timer);
    this.faults.close();
  }
}
