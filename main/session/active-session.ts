import type { CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { SeekReply } from '#shared/contract/recording.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { WriteCountsReply, WriteCountsRequest } from '#shared/contract/write-counts.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import type { History } from '../recording/history.ts';
import type { MarkStore } from './history/mark-store.ts';

/**
 * What is open: a live source or a recording. `seek` and `step` queue their work themselves, since a later one overtakes
 * them; all other methods but `countWrites` are called as tasks of the session's queue.
 */
export interface ActiveSession {
  /** Answers timeline, comparison and write history. */
  readonly history: History;
  readonly marks: MarkStore;
  /** Sequence that the next frame has. */
  readonly nextSequence: number;
  state(): SessionState;
  /** What a window shows, as a key frame; null if nothing was sampled. */
  keyFrame(): Frame | null;
  /** What tracking currently costs the program; null if nothing is tracked. */
  cost(): TrackingCost | null;
  configure(change: CommandRequest<'session.configure'>): Promise<void>;
  /** One frame now. */
  sample(): Promise<void>;
  /** Answers `history.counts`, for the time that is shown; concurrently with sampling. */
  countWrites(request: WriteCountsRequest): Promise<WriteCountsReply>;
  /** Shows the frame at a time; one that is overtaken by another seek is left out. @param timeNs null: the latest, or the end */
  seek(timeNs: number | null): Promise<SeekReply>;
  /** Shows the frame `frames` frames later, or earlier if negative. */
  step(frames: number): Promise<SeekReply>;
  close(): Promise<void>;
  /** Like `close`, without waiting: the process is ending. */
  abandon(): void;
}

export function nothingOpen(): InspectorError {
  return new InspectorError('no-source', 'Nothing is open.', 'Open a source first.');
}
