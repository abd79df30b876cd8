import { z } from 'zod';
import { formatCount, plural } from '../plural.ts';

/**
 * How restoring huge pages ended: `done`: each was tried; `cancelled`; `refused`: the kernel does not permit it;
 * `program-ended`: also by exec; `tracked`: something tracks the program again, under which the kernel collapses nothing.
 */
const RESTORE_ENDS = ['done', 'cancelled', 'refused', 'program-ended', 'tracked'] as const;

export const restoreProgressSchema = z.object({
  pid: z.number().int().positive(),
  /** Huge pages that tracking split and that can be restored. */
  total: z.number().int().min(0),
  /** How many of them are huge pages again. */
  restored: z.number().int().min(0),
  /** How many the kernel refused: no free huge page, or memory that has changed. */
  failed: z.number().int().min(0),
  /** Null while it runs. */
  end: z.enum(RESTORE_ENDS).nullable(),
});
export type RestoreProgress = z.infer<typeof restoreProgressSchema>;

/** Huge pages that tracking split, to be collapsed again. It holds descriptors: run it, or close it. */
export interface HugeRestoration {
  readonly pid: number;
  /** Upper bound of the huge pages that tracking split; how many can be restored is known once it runs. */
  readonly maxPages: number;
  /** Collapses them one at a time with pauses, and closes. Resolves with how it ended; never rejects. */
  run(report: (progress: RestoreProgress) => void, isCancelled: () => boolean): Promise<RestoreProgress>;
  /** Tiles that are still split, by number; for the next tracker of the process. */
  remaining(): readonly number[];
  close(): void;
}

/** One sentence about its state, for status lines. */
export function restoreSentence({ pid, total, restored, failed, end }: RestoreProgress): string {
  const pages = plural(total, 'huge page');
  const of = `${formatCount(restored)} of ${pages}`;
  switch (end) {
    case null:
      return `Restoring huge pages of process ${pid}: ${formatCount(restored)} of ${formatCount(total)}.`;
    case 'done':
      return failed === 0
        ? `Restored ${pages} of process ${pid}.`
        : `Restored ${of} of process ${pid}; the kernel refused the others (no free huge page, or the memory changed).`;
    case 'cancelled':
      return `Cancelled: ${of} of process ${pid} are restored. The kernel's khugepaged restores the others over time.`;
    case 'refused':
      return (
        `Huge pages of process ${pid} are not restored: that needs CAP_SYS_NICE and Linux 6.1 or later. ` +
        `The kernel's khugepaged restores them over time.`
      );
    case 'program-ended':
      return `Process ${pid} ended: there are no huge pages left to restore.`;
    case 'tracked':
      return `Restored ${of} of process ${pid}; it is tracked again, and the others stay split until then.`;
  }
}
