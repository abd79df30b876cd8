import { z } from 'zod';

/** GetWriteWatch and ResetWriteWatch of Windows over the open source (main/write-watch). */

const page = z.number().int().min(0);
const count = z.number().int().min(0);
const bytes = z.bigint().min(0n).max(0xffff_ffff_ffff_ffffn);

/** The errors of both functions with their numbers in winerror.h. */
export const WINDOWS_ERRORS = {
  ERROR_SUCCESS: 0,
  ERROR_INVALID_PARAMETER: 87,
  ERROR_NOACCESS: 998,
} as const;
export type WindowsError = keyof typeof WINDOWS_ERRORS;
const errorSchema = z.enum(['ERROR_SUCCESS', 'ERROR_INVALID_PARAMETER', 'ERROR_NOACCESS']);

/** Flag of GetWriteWatch: the pages returned are reset in the same atomic step. */
export const WRITE_WATCH_FLAG_RESET = 1;

/** What GetWriteWatch is called with. A pointer that is NULL is null here. */
export const getWriteWatchSchema = z.object({
  /** 0 or WRITE_WATCH_FLAG_RESET. */
  flags: z.number().int().min(0).max(0xffffffff),
  /** Byte address; rounded down to a page. */
  base: bytes,
  /** Bytes; the end is rounded up to a page. */
  size: bytes,
  /** Whether `lpAddresses` is not NULL. */
  addresses: z.boolean(),
  /** `*lpdwCount`: places in the array; null if the pointer is NULL. */
  count: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32)
    .nullable(),
  /** Whether `lpdwGranularity` is not NULL. */
  granularity: z.boolean(),
});
export type GetWriteWatchRequest = Readonly<z.infer<typeof getWriteWatchSchema>>;

export const getWriteWatchReplySchema = z.object({
  error: errorSchema,
  /** Page numbers of `lpAddresses`, ascending. */
  pages: z.custom<Float64Array>((value) => value instanceof Float64Array),
  /** Bytes. */
  granularity: count,
  /** Where the next call continues: the page after the last one returned, if the array is full and the range continues. */
  next: page.nullable(),
  /** The pages that this call reset, written or not: [first, end); null without the flag. */
  reset: z.object({ start: page, end: page }).nullable(),
  /** Every page is reported because the VMA is new again (VM_SOFTDIRTY after a merge). */
  wholeRegion: z.boolean(),
  durationNs: z.number().min(0),
});
export type GetWriteWatchReply = Readonly<z.infer<typeof getWriteWatchReplySchema>>;

export const resetWriteWatchSchema = z.object({ base: bytes, size: bytes });
export const resetWriteWatchReplySchema = z.object({ error: errorSchema });

export const WATCH_USES = ['texture-cache', 'remembered-set'] as const;
/** What a region's write watches are used for, again and again: GetWriteWatch with reset, then work on what it returned. */
export type WatchUse = (typeof WATCH_USES)[number];

/** Work done with write watches, and the work without them. */
export const watchUseStateSchema = z.object({
  use: z.enum(WATCH_USES),
  /** First page of the region. */
  start: page,
  calls: count,
  /** Pages that the last call returned, and all calls. */
  lastPages: count,
  pages: count,
  /** Pages that the region holds, and that would have been worked on by all calls without write watches. */
  held: count,
  pagesWithout: count,
  /** GetWriteWatch itself, all calls together. */
  callNs: z.number().min(0),
  /** Copying, of a source whose contents can be read: what was copied, and what copying everything takes each time. */
  copy: z
    .object({
      ns: z.number().min(0),
      wholeNs: z.number().min(0),
      /** Pages that were compared with the copy, and of these the ones that differ although no write was reported. */
      verified: count,
      stale: count,
    })
    .nullable(),
});
export type WatchUseState = Readonly<z.infer<typeof watchUseStateSchema>>;

export const writeWatchStateSchema = z.object({
  regions: z.array(
    z.object({
      start: page,
      pages: z.number().int().min(1),
      /** Pages that count as written although the kernel no longer has a record of it. */
      kept: count,
    }),
  ),
  use: watchUseStateSchema.nullable(),
});
export type WriteWatchState = Readonly<z.infer<typeof writeWatchStateSchema>>;
