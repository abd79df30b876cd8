import { z } from 'zod';
import type { Plane } from '../memory/plane.ts';

/** Limit of the pages of one snapshot, 16 MiB: reading them keeps the program stopped for some milliseconds. */
export const MAX_SNAPSHOT_PAGES = 4096;

const runs = z.custom<Float64Array>((value) => value instanceof Float64Array);

/** The pages of a range at one time: every thread was stopped while it was read. Nothing was cleared. */
export const snapshotSchema = z.object({
  start: z.number().int().min(0),
  pages: z.number().int().min(1),
  /** pages × 4096 bytes; zeros if nothing was read. */
  bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  /**
   * Pages whose contents are in `bytes`, as pairs (first page, pages). Of the others a hole in anonymous memory holds
   * zeros; the contents of guard pages, of memory that is not readable and of file pages that are not in memory are
   * unknown.
   */
  read: runs,
  /** Pages that no mapping has, as such pairs; never all of them. */
  unmapped: runs,
  /** Every plane that some page is in, by its number: pairs (first page, pages). */
  planes: z.array(z.object({ plane: z.custom<Plane>((value) => Number.isInteger(value)), runs })).readonly(),
  /** Threads that were stopped; 0 if the program was already paused. */
  threads: z.number().int().min(0),
  /** From the request to stop the first thread until the last one was resumed; 0 if the program was already paused. */
  stoppedNs: z.number().min(0),
});
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>;
