import type { OperationsReply, ProcessEvent, TimelineReply, TimeRange } from '#shared/contract/recording.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import type { WriteHistoryReply, WriteHistoryRequest } from '#shared/contract/write-history.ts';
import type { CountedUnit } from '#shared/contract/write-counts.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import type { WritersRead, WritersReply } from '#shared/contract/writers.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { WriteCounts } from '../how-often/write-counts.ts';

/** The pages of a time range. */
export interface WrittenPages {
  /** Planes Written, Hot (if not Written) and Gone alone. */
  readonly tiles: TileSet;
  /** The VMAs of its last frame. */
  readonly vmas: readonly Vma[];
  readonly frames: number;
}

/** What is kept of the frames of a live session or a recording. */
export interface History {
  /** Answers `timeline.read`. */
  timeline(range: TimeRange, buckets: number): TimelineReply;
  /** Answers `history.writes`. */
  writes(request: WriteHistoryRequest): Promise<WriteHistoryReply>;
  /** When pages were last written up to the frame at `timeNs`; null if that is not known (mode hold, no frame). */
  lastWrites(timeNs: number): Promise<FrameStamps | null>;
  /** Answers `timeline.operations`. */
  operations(range: TimeRange): OperationsReply;
  /** Answers `timeline.processEvents`. Ascending by time, at most MAX_PROCESS_EVENTS. */
  processEvents(): readonly ProcessEvent[];
  /** Answers `writers.read`. */
  writers(request: WritersRead): Promise<WritersReply>;
  /** Every page that counts as written in any frame of the range; without one in it, in the last frame before. */
  written(range: TimeRange): Promise<WrittenPages>;
  /** How fast pages were written at a time, from every frame of the second before it; null if that is not known. */
  rates(timeNs: number): Promise<WriteRates | null>;
  /** How often pages were written up to a time, in the last `max` intervals at least; valid until the next call. */
  counts(timeNs: number, unit: CountedUnit, max: number): Promise<WriteCounts>;
}
