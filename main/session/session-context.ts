import type { SessionOutput } from './session-output.ts';
import type { TaskQueue } from '#shared/task-queue.ts';

/** What a session gives to what is open in it. */
export interface SessionContext {
  readonly output: SessionOutput;
  /** Every call of a source or recording is a task of this queue, so that none overlap. */
  readonly queue: TaskQueue;
  /** Sequence number of the first frame. */
  readonly sequence: number;
  /** `state()` returns something else now. */
  stateChanged(): void;
}
