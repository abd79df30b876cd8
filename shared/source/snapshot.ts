import { z } from 'zod';
import type { Plane } from '../memory/plane.ts';

/** Most pages of one snapshot, 16 MiB: reading them keeps the program stopped for some milliseconds. */
export const MOST_SNAPSHOT_PAGES = 4096;

/** One moment of a range of a program: every thread stood still while it was read. Nothing was cleared. */
export interface Snapshot {
  readonly start: number;
  readonly pages: number;
  /** pages × 4096 bytes; zeros where nothing was read. */
  readonly bytes: Uint8Array;
  /**
   * Pages whose contents are in `bytes`, as pairs (first page, pages). Of the others a hole in anonymous memory holds
   * zeros; what a guard, memory without the right to read or a file's page that is not in memory holds is not known.
   */
  readonly read: Float64Array;
  /** Every plane that some page is in, by its number: pairs (first page, pages). */
  readonly planes: readonly { readonly plane: Plane; readonly runs: Float64Array }[];
  /** Threads that were stopped; 0 where the program was held already. */
  readonly threads: number;
  /** From the moment the first thread was asked to stop until the last one was let go; 0 where it was held already. */
  readonly stoppedNs: number;
}

const runs = z.custom<Float64Array>((value) => value instanceof Float64Array);

export const snapshotSchema = z.object({
  start: z.number().int().min(0),
  pages: z.number().int().min(1),
  bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  read: runs,
  planes: z.array(z.object({ plane: z.custom<Plane>((value) => Number.isInteger(value)), runs })).readonly(),
  threads: z.number().int().min(0),
  stoppedNs: z.number().min(0),
});
