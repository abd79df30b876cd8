import type { CountedUnit } from '#shared/contract/write-counts.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { WriteCounts } from './write-counts.ts';

/**
 * How often pages were written, by sample and by phase, from the samples of a session or the frames of a recording:
 * - by sample: in mode interval; from the last "dump and reset" on, and without the first sample, whose interval has no beginning;
 * - by phase: what was written from one "dump and reset" to the next; the current one is not counted.
 */
export class SessionCounts {
  private readonly counts: Readonly<Record<CountedUnit, WriteCounts>> = {
    sample: new WriteCounts(),
    phase: new WriteCounts(),
  };
  private readonly phase = new TileSet();
  private mode: SampleMode | null = null;

  of(unit: CountedUnit): WriteCounts {
    return this.counts[unit];
  }

  /** Samples were taken before, in `mode`: the next one has its own interval. */
  begin(mode: SampleMode): void {
    this.mode = mode;
  }

  /** A sample. @param tiles the state after it @param endsPhase whether it is that of a "dump and reset" */
  note(tiles: TileSet, mode: SampleMode, endsPhase: boolean): void {
    const { sample, phase } = this.counts;
    if (mode !== this.mode) {
      sample.reset();
      sample.writtenBefore(tiles);
      this.phase.clear();
      this.mode = mode;
    } else if (mode === 'interval') sample.add(tiles);
    if (mode === 'interval') joinWrites(this.phase, tiles);
    if (!endsPhase) return;
    phase.add(mode === 'interval' ? this.phase : tiles);
    this.phase.clear();
    sample.reset();
  }

  /** Plane Written of `tiles` was written before the first sample. */
  writtenBefore(tiles: TileSet): void {
    for (const counts of Object.values(this.counts)) counts.writtenBefore(tiles);
  }
}
