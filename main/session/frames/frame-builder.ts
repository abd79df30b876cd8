import {
  advanceTiles,
  ALL_PLANES,
  countEmptyTiles,
  keyTiles,
  joinWrites,
  withoutEmptyTiles,
  WRITE_PLANES,
} from '#shared/frame/delta.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import { TileWriter } from '#shared/frame/tile-writer.ts';
import { lostRanges } from '#shared/memory/lost-ranges.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { Sample, SampleMode } from '#shared/source/source.ts';

/** Empty tiles are dropped, by a key frame, once there are this many and they are the greater part. */
const MANY_EMPTY_TILES = 256;

/** One sample, or one frame of a recording. */
export interface Observation {
  readonly sample: Sample;
  /** What the sample set; the builder writes to it. */
  readonly tiles: TileSet;
  readonly mode: SampleMode;
  /** Whether the state planes were read. */
  readonly state: boolean;
  /** Milliseconds since the source was opened, or since the recording began. */
  readonly time: number;
  /** Whether it is unrelated to the previous one: a recording was seeked. */
  readonly whole: boolean;
  /** Where it is: when pages were last written up to it. */
  readonly earlier?: FrameStamps;
}

/** Plane Written of a state, and its VMAs. */
export interface WrittenState {
  readonly tiles: TileSet;
  readonly vmas: readonly Vma[];
}

/** The state that the samples of one source add up to; makes a frame of each sample. */
export class FrameBuilder {
  private readonly taken = new TileSet();
  private readonly writer = new TileWriter();
  private tiles = new TileSet();
  private vmas: readonly Vma[] | null = null;
  private last: Frame | null = null;
  private sequence: number;

  /** @param sequence that of the first frame */
  constructor(sequence: number) {
    this.sequence = sequence;
  }

  /** Sequence that the next frame will have. */
  get nextSequence(): number {
    return this.sequence;
  }

  /**
   * Pages that were cleared outside of a sample: in mode interval they count as written in the interval that the next
   * sample ends.
   */
  take(written: TileSet): void {
    joinWrites(this.taken, written);
  }

  /** Like `take`, for pairs (first page, pages). */
  takeRuns(runs: Float64Array): void {
    for (let i = 0; i < runs.length; i += 2) {
      this.taken.setRun(Plane.Written, runs[i], runs[i] + runs[i + 1]);
    }
  }

  /** The frame of this sample: a key frame the first time and where the mode changed, else a delta. */
  advance({ sample, tiles, mode, state, time, whole, earlier }: Observation): Frame {
    if (mode === 'interval') joinWrites(tiles, this.taken);
    this.taken.clear();
    const changed = sample.vmas !== this.vmas;
    const delta = advanceTiles(this.tiles, tiles, state ? ALL_PLANES : WRITE_PLANES, mode, this.writer);
    const shrunk = changed && this.dropEmptyTiles();
    const key = whole || this.last === null || this.last.mode !== mode || shrunk;
    const stamps = changed && mode === 'interval' ? this.unmappedBefore(sample.vmas, time) : null;
    this.vmas = sample.vmas;
    const sequence = this.sequence++;
    this.last = {
      kind: key ? 'key' : 'delta',
      mode,
      sequence,
      base: key ? sequence : sequence - 1,
      time,
      merged: 1,
      scanNs: sample.scanNs,
      writtenPages: this.tiles.count(Plane.Written),
      vmas: key || changed ? sample.vmas : null,
      tiles: key ? keyTiles(this.tiles, this.writer) : delta,
      ...(stamps && { stamps }),
      ...(earlier && { earlier }),
    };
    return this.last;
  }

  /** Stamps of one sample that finds memory unmapped; null if it does not. */
  private unmappedBefore(vmas: readonly Vma[], time: number): FrameStamps | null {
    const lost = lostRanges(this.vmas ?? [], vmas);
    if (lost.length === 0) return null;
    return {
      times: Float64Array.of(time),
      indexes: new Float64Array(0),
      words: new Uint32Array(0),
      lost: Float64Array.from(lost.flatMap(({ start, end }) => [start, end])),
    };
  }

  /** Plane Written of the state, and its VMAs. */
  get written(): WrittenState {
    return { tiles: this.tiles, vmas: this.vmas ?? [] };
  }

  /** The state after the last frame, as a key frame; null before the first. */
  key(): Frame | null {
    if (this.last === null) return null;
    const { sequence } = this.last;
    return {
      ...this.last,
      kind: 'key',
      base: sequence,
      vmas: this.vmas,
      tiles: keyTiles(this.tiles, this.writer),
    };
  }

  private dropEmptyTiles(): boolean {
    const empty = countEmptyTiles(this.tiles);
    if (empty < MANY_EMPTY_TILES || empty * 2 < this.tiles.size) return false;
    this.tiles = withoutEmptyTiles(this.tiles);
    return true;
  }
}
