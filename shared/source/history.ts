import type {
  Mark,
  OperationsReply,
  PlaybackChange,
  PlaybackPosition,
  PlaybackState,
  ProcessEvent,
  TimelineReply,
  TimeRange,
} from '../contract/recording.ts';
import type { WriteRates } from '../contract/write-rates.ts';
import type { WriteHistoryReply, WriteHistoryRequest } from '../contract/write-history.ts';
import type { FrameStamps } from '../frame/stamps.ts';
import type { TileSet } from '../memory/tile-set.ts';
import type { Vma } from '../memory/vma.ts';

/** The pages of a time range. */
export interface WrittenPages {
  /** Planes Written, Hot (where not Written) and Gone alone. */
  readonly tiles: TileSet;
  /** The VMAs of its last frame. */
  readonly vmas: readonly Vma[];
  readonly frames: number;
}

/** What a source or a session remembers of its frames. */
export interface History {
  /** Answers `timeline.read`. */
  timeline(range: TimeRange, buckets: number): TimelineReply;
  /** Answers `history.writes`. */
  writes(request: WriteHistoryRequest): Promise<WriteHistoryReply>;
  /** When pages were last written up to the frame at `timeNs`; null where that is not known (mode hold, no frame). */
  lastWrites(timeNs: number): Promise<FrameStamps | null>;
  /** Answers `timeline.operations`. */
  operations(range: TimeRange): OperationsReply;
  /** Answers `timeline.processEvents`. Ascending by time, at most MAX_PROCESS_EVENTS. */
  processEvents(): readonly ProcessEvent[];
  /** Every page that counts as written in any frame of the range; without one in it, in the last frame before. */
  written(range: TimeRange): Promise<WrittenPages>;
  /** How fast pages were written at a time, from every frame of the second before it; null where that is not known. */
  rates(timeNs: number): Promise<WriteRates | null>;
}

/** A source that plays what was recorded. What it shows next is what `TrackingSource.sample` gives. */
export interface Playback {
  readonly history: History;
  /** Those in the file. */
  readonly marks: readonly Mark[];
  state(): PlaybackState;
  position(): PlaybackPosition;
  /** Frames a second when it was recorded. */
  readonly hz: number;
  /**
   * Advances by `elapsed` milliseconds, at its speed. Playback ends at the end, or continues at the start of the loop.
   * @returns whether another frame is to be shown
   */
  advance(elapsed: number): Promise<boolean>;
  /** Seeks to the last frame at or before `timeNs`, clipped to the recording. */
  seek(timeNs: number): Promise<void>;
  /** Steps `frames` forward, or backward if negative, and pauses. */
  step(frames: number): Promise<void>;
  configure(change: PlaybackChange): Promise<void>;
}
