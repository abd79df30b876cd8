import { joinWrites } from '#shared/frame/delta.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { countByKind } from '../../recording/kind-counts.ts';
import type { WrittenState } from '../frames/frame-builder.ts';

/** Pages written in a phase, by kind of VMA (TIMELINE_KINDS), and its length. */
export interface PhaseSummary {
  readonly byKind: number[];
  readonly lengthNs: number;
}

/** What was written since the last dump: the sum of all intervals, or in mode hold what the current state shows. */
export class Phase {
  private readonly written = new TileSet();
  private beganNs = 0;

  /** A frame that was sampled in mode interval. */
  add({ tiles }: WrittenState): void {
    joinWrites(this.written, tiles);
  }

  /** Ends the phase with the current state; the next one begins. */
  end(mode: SampleMode, { tiles, vmas }: WrittenState, nowNs: number): PhaseSummary {
    if (mode === 'interval') joinWrites(this.written, tiles);
    const byKind = countByKind(mode === 'interval' ? this.written : tiles, vmas);
    const lengthNs = nowNs - this.beganNs;
    this.begin(nowNs);
    return { byKind, lengthNs };
  }

  /** Written pages are counted differently from now on. */
  begin(nowNs: number): void {
    this.written.clear();
    this.beganNs = nowNs;
  }
}
