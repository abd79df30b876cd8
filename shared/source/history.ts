import type {
  Mark,
  OperationsReply,
  PlaybackChange,
  PlaybackPosition,
  PlaybackState,
  TimelineReply,
  TimeRange,
} from '../contract/recording.ts';
import type { TileSet } from '../memory/tile-set.ts';
import type { Vma } from '../memory/vma.ts';

/** The pages of a moment. */
export interface WrittenPages {
  /** Planes Written, Hot (where not Written) and Gone alone. */
  readonly tiles: TileSet;
  /** Those of its last frame. */
  readonly vmas: readonly Vma[];
  readonly frames: number;
}

/** What a source or a session remembers of its frames. */
export interface History {
  /** Answers `timeline.read`. */
  timeline(range: TimeRange, buckets: number): TimelineReply;
  /** Answers `timeline.operations`. */
  operations(range: TimeRange): OperationsReply;
  /** Every page that counts as written in any frame of the range; without one in it, in the last frame before. */
  written(range: TimeRange): Promise<WrittenPages>;
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
   * Lets `elapsed` milliseconds pass, at its speed. Playing ends at the end, or goes on at the start of the loop.
   * @returns whether another frame is to be shown
   */
  advance(elapsed: number): Promise<boolean>;
  /** Goes to the last frame at or before `timeNs`, cut to the recording. */
  seek(timeNs: number): Promise<void>;
  /** Goes so many frames on or back, and stops playing. */
  step(frames: number): Promise<void>;
  configure(change: PlaybackChange): Promise<void>;
}
