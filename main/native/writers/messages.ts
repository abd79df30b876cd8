import type { SkippedMapping } from './armed-memory.ts';
import type { FirstWrite, TracerOptions } from './tracer.ts';

/** Start parameters of the thread that handles faults. The descriptors are those of this process. */
export interface FaultThreadData {
  readonly uffd: number;
  readonly pagemap: number;
  /** An eventfd that becomes readable when `stop` is set. */
  readonly wake: number;
  /** Two words: 1 in the first one asks for the end, the second is 1 once the userfaultfd is closed. */
  readonly stop: SharedArrayBuffer;
  readonly options: TracerOptions;
}

/** Messages that the thread sends. */
export type FaultThreadMessage =
  | {
      readonly type: 'armed';
      readonly pages: number;
      readonly skipped: readonly SkippedMapping[];
    }
  | {
      readonly type: 'writes';
      readonly writes: readonly FirstWrite[];
      readonly pauses: number;
      /** Sum over all threads, since the start. */
      readonly waitedMs: number;
    }
  | { readonly type: 'failed'; readonly message: string };
