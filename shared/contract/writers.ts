/** Which code writes to which pages: what is watched, and what was found in an interval or a time range. */
import { z } from 'zod';
import { timeNsSchema, timeRangeSchema } from './recording.ts';

const count = z.number().int().min(0);
const page = z
  .number()
  .int()
  .min(0)
  .max(2 ** 52);
export const pageRangeSchema = z
  .object({ start: page, end: page })
  .refine(({ start, end }) => start < end, 'it ends before it begins');

/** Pages that are watched together. */
export const MAX_WATCHED_PAGES = 2 ** 22;
/** Limits of one interval; what exceeds any of them counts in `omitted`. */
export const MAX_PLACES = 512;
export const MAX_WRITERS = 256;
export const MAX_WRITER_RUNS = 4096;
/** Functions of one stack, inlined ones included; outer ones are cut off. */
export const MAX_STACK = 48;
/** Characters of a name or path; longer ones are cut. */
export const MAX_PLACE_TEXT = 512;
/** Rows of a reply. */
export const MAX_WRITER_ROWS = 1000;

const placeText = z.string().max(MAX_PLACE_TEXT).nullable();

/** What is known about one code address. */
export const codePlaceSchema = z.object({
  /** Name of the function, demangled; null if none is known. */
  function: placeText,
  /** Path of the file that holds the code; null if it is in none. */
  module: placeText,
  /** Address in that file's own address space, in bytes; of no file: the address itself. */
  offset: z.bigint().min(0n).max(0xffff_ffff_ffff_ffffn),
  /** Source file and line, if the file has DWARF. */
  file: placeText,
  line: z.number().int().nullable(),
});
export type CodePlace = Readonly<z.infer<typeof codePlaceSchema>>;

/** A first write to a page after it was armed, with the names of its code. */
export interface FoundWrite {
  readonly page: number;
  /** 0: a thread of another process. */
  readonly tid: number;
  /** Name of the thread; null if it is not known. */
  readonly thread: string | null;
  /** The writing code, then its callers outwards if stacks are looked up: inlined functions are separate functions. */
  readonly stack: readonly CodePlace[];
}

/** Code that writes, in a thread; `stack` has indexes of places, the writing code first. */
export const writerSchema = z.object({
  tid: count,
  thread: z.string().max(64).nullable(),
  stack: z.array(count).min(1).max(MAX_STACK),
});

/** What one sample found. */
export const writersIntervalSchema = z.object({
  /** Time of the frame that has these pages as written. */
  timeNs: timeNsSchema,
  places: z.array(codePlaceSchema).max(MAX_PLACES),
  writers: z.array(writerSchema).max(MAX_WRITERS),
  /** First page, pages and index of the writer of each run, ascending and apart. */
  runs: z.array(count).max(3 * MAX_WRITER_RUNS),
  /** Pages whose writer is known and not in `runs`, because there were too many. */
  omitted: count,
  /** Page faults that are not known, because there were too many: their pages have no writer. */
  lost: count,
});
export type WritersInterval = Readonly<z.infer<typeof writersIntervalSchema>>;

export const writersWatchSchema = z.object({
  range: pageRangeSchema.refine(
    ({ start, end }) => end - start <= MAX_WATCHED_PAGES,
    `more than ${MAX_WATCHED_PAGES} pages`,
  ),
  /** Whether the callers of each write are looked up. */
  stacks: z.boolean(),
});
export type WritersWatch = Readonly<z.infer<typeof writersWatchSchema>>;

/** What is watched; also the payload of event `writers.state`. */
export const writersStateSchema = z.object({
  /** Null if nothing is watched. */
  watched: z.object({ start: page, end: page, stacks: z.boolean() }).nullable(),
  /** First writes found, since watching began. */
  writes: count,
  /** Why watching ended by itself; null if it did not. */
  ended: z.string().nullable(),
  /** Why functions are not named; null if they are. */
  limitation: z.string().nullable(),
});
export type WritersState = Readonly<z.infer<typeof writersStateSchema>>;

/** Writers of the pages of `range` (null: all) in the frames of `time`. */
export const writersReadSchema = z.object({
  range: pageRangeSchema.nullable(),
  time: timeRangeSchema,
  /** Whether the reply has `owners`. */
  owners: z.boolean(),
});
export type WritersRead = Readonly<z.infer<typeof writersReadSchema>>;

/** Code of one thread with what it wrote, by the writing instruction. */
export const writerRowSchema = z.object({
  tid: count,
  thread: z.string().nullable(),
  /** Index in `places`. */
  place: count,
  /** Intervals in which it wrote first to a page, summed over the pages. */
  writes: count,
  /** Different pages. */
  pages: count,
  lastNs: timeNsSchema,
  /** Indexes in `places`, the writing code first, and the writes with this stack. */
  stacks: z.array(z.object({ frames: z.array(count), writes: count })),
});
export type WriterRow = Readonly<z.infer<typeof writerRowSchema>>;

export const writersReplySchema = z.object({
  places: z.array(codePlaceSchema),
  /** Most writes first, at most MAX_WRITER_ROWS. */
  rows: z.array(writerRowSchema).max(MAX_WRITER_ROWS),
  /** Sum over all rows, omitted ones included. */
  writes: count,
  /** See `writersIntervalSchema`. */
  omitted: count,
  lost: count,
  /** Samples in which anything was found. */
  intervals: count,
  /** The last writer of each page: first page, pages, row; ascending and apart. Empty if it was not asked for. */
  owners: z.custom<Float64Array>((value) => value instanceof Float64Array),
});
export type WritersReply = Readonly<z.infer<typeof writersReplySchema>>;
