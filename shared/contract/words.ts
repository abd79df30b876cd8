/** Which code writes to single words: what is watched, and what was found since. */
import { z } from 'zod';
import { WORD_SIZES } from './trigger.ts';
import { codePlaceSchema, MAX_STACK } from './writers.ts';

/** Number of debug registers of a processor. */
export const MAX_WORD_WATCHES = 4;
/** Different writers (thread, instruction and callers) of one word that are counted separately. */
export const MAX_WORD_WRITERS = 100;

const count = z.number().int().min(0);
const wordValue = z
  .bigint()
  .min(0n)
  .max(2n ** 64n - 1n);

/** Bytes of a live program whose capabilities have `words`. */
export const wordSchema = z
  .object({ address: wordValue, size: z.literal(WORD_SIZES) })
  .refine(({ address, size }) => address % BigInt(size) === 0n, 'the address is not a multiple of the size');
export type Word = Readonly<z.infer<typeof wordSchema>>;

export const wordWriterSchema = z.object({
  tid: count,
  /** Name of the thread; null if it is not known. */
  thread: z.string().nullable(),
  /** The writing code, then its callers outwards. */
  stack: z.array(codePlaceSchema).min(1).max(MAX_STACK),
  writes: count,
  /** The word before and after its last write that was the only one between two readings; null if there was none. */
  values: z.object({ before: wordValue, after: wordValue }).nullable(),
});
export type WordWriter = Readonly<z.infer<typeof wordWriterSchema>>;

/** What is known about one watched word. */
export const watchedWordSchema = z.object({
  id: z.string(),
  address: wordValue,
  size: z.literal(WORD_SIZES),
  /** Since watching began. */
  writes: count,
  /** Writes of them whose code is not known: too many at once, or by too many writers. */
  unknown: count,
  /** Seconds of which only a part was watched, because there were too many writes. */
  pauses: count,
  /** Most writes first. */
  writers: z.array(wordWriterSchema).max(MAX_WORD_WRITERS),
  /** Why it is no longer watched; null while it is. */
  ended: z.string().nullable(),
  /** Why functions are not named; null if they are. */
  limitation: z.string().nullable(),
});
export type WatchedWord = Readonly<z.infer<typeof watchedWordSchema>>;

export const wordsStateSchema = z.object({ words: z.array(watchedWordSchema).max(MAX_WORD_WATCHES) });
export type WordsState = Readonly<z.infer<typeof wordsStateSchema>>;
