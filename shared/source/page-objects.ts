import { z } from 'zod';

/** Most objects of one page that are listed. */
export const MAX_PAGE_OBJECTS = 256;
/** Longest name of a symbol, in characters; longer ones are cut. */
export const MAX_SYMBOL_NAME = 1000;

const bytes = z.number().int().min(0);

export const pageObjectSchema = z.discriminatedUnion('kind', [
  /** A global variable of a loaded file. */
  z.object({
    kind: z.literal('symbol'),
    name: z.string().min(1).max(MAX_SYMBOL_NAME),
    /** Its first byte. */
    start: z.bigint(),
    bytes,
  }),
  /** A block of glibc's malloc in the main heap. */
  z.object({
    kind: z.literal('heap-block'),
    /** What malloc returned. */
    start: z.bigint(),
    /** Usable bytes of the block. */
    bytes,
    inUse: z.boolean(),
  }),
]);
export type PageObject = z.infer<typeof pageObjectSchema>;

/** What a program keeps in a page, as far as its files' symbols and its allocator show it. */
export const pageObjectsSchema = z.object({
  page: z.number().int().min(0),
  /** All that have a byte in the page, by address; at most MAX_PAGE_OBJECTS. */
  objects: z.array(pageObjectSchema).max(MAX_PAGE_OBJECTS),
  /** Further ones, which are not listed. */
  more: z.number().int().min(0),
  /** The thread whose stack the mapping is. */
  thread: z.object({ tid: z.number().int(), name: z.string() }).nullable(),
  /** Why something may be missing, in sentences. */
  limits: z.array(z.string()),
});
export type PageObjects = z.infer<typeof pageObjectsSchema>;

/** A variable of a loaded file, found by its name. */
export const foundSymbolSchema = z.object({
  name: z.string().min(1).max(MAX_SYMBOL_NAME),
  start: z.bigint(),
  bytes,
});
export type FoundSymbol = z.infer<typeof foundSymbolSchema>;

/** The object that holds the byte at `address`; of nested ones the smallest. */
export function objectAt(objects: readonly PageObject[], address: bigint): PageObject | null {
  let found: PageObject | null = null;
  for (const one of objects) {
    const holds = one.start <= address && address < one.start + BigInt(one.bytes);
    if (holds && (found === null || one.bytes < found.bytes)) found = one;
  }
  return found;
}
