/** Ranges of memory that the user named. */
import { z } from 'zod';

/** Most ranges that are kept. */
export const MAX_NAMED_RANGES = 5000;
export const MAX_RANGE_NAME = 80;

/** A byte address, offset or length. */
const hexSchema = z.string().regex(/^0x[0-9a-f]{1,16}$/);

export const buildIdSchema = z.string().regex(/^([0-9a-f]{2}){2,64}$/);

/** The build id of each mapped file by its path; null: it has none. Missing: unknown, as in recordings. */
export type BuildIds = ReadonlyMap<string, string | null>;

/** What identifies the open program and its files. */
export interface ProgramIdentity {
  /** The program that ranges by address belong to. */
  readonly program: string;
  readonly buildIds: BuildIds;
}

export const rangePlaceSchema = z.discriminatedUnion('kind', [
  /**
   * In a loaded executable or library, its .bss included: `offset` from where its first byte is, or would be, mapped. The same in each run,
   * wherever the file is loaded.
   */
  z.object({
    kind: z.literal('image'),
    path: z.string().min(1).max(4096),
    buildId: buildIdSchema.nullable(),
    offset: hexSchema,
  }),
  /** In another mapped file: `offset` in the file. */
  z.object({ kind: z.literal('file'), path: z.string().min(1).max(4096), offset: hexSchema }),
  /** In memory of no file: this address, of this program (`ProgramIdentity.program`). */
  z.object({ kind: z.literal('address'), program: z.string().max(4200), start: hexSchema }),
]);
export type RangePlace = z.infer<typeof rangePlaceSchema>;

export const rangeNameSchema = z
  .string()
  .max(MAX_RANGE_NAME)
  // A name is one line of text.
  .regex(/^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$/u);

export const namedRangeSchema = z.object({
  id: z.string().min(1).max(64),
  name: rangeNameSchema,
  place: rangePlaceSchema,
  /** In bytes, more than 0. */
  length: hexSchema.refine((text) => BigInt(text) > 0n),
});
export type NamedRange = z.infer<typeof namedRangeSchema>;

export const namedRangesSchema = z.array(namedRangeSchema).max(MAX_NAMED_RANGES);
