/** The three operations of the soft-dirty ioctl, with 64-bit lengths. */
import { z } from 'zod';

export const OPERATION_NAMES = ['GET', 'CLEAR', 'GET_AND_CLEAR'] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** PAGEMAP_SD_NO_REUSED_REGIONS: ignore VM_SOFTDIRTY, so that only pages really written are reported. */
export const NO_REUSED_REGIONS = 1;

export const operationRequestSchema = z.object({
  op: z.enum(OPERATION_NAMES),
  /** Byte address; not rounded: an unaligned one gives EINVAL, as in the kernel. */
  start: z.bigint().min(0n).max(0xffff_ffff_ffff_ffffn),
  /** Bytes; rounded up to whole pages. */
  len: z
    .bigint()
    .min(-(2n ** 63n))
    .max(0xffff_ffff_ffff_ffffn),
  /** Places in `vec`, one per page. CLEAR ignores it. */
  vecLen: z
    .number()
    .int()
    .min(-(2 ** 31))
    .max(2 ** 53),
  flags: z.number().int().min(0).max(0xffffffff),
});
export type OperationRequest = Readonly<z.infer<typeof operationRequestSchema>>;

const outcome = {
  /** Duration of the operation in the engine, in nanoseconds. */
  durationNs: z.number(),
  /** What a user must know about this result: defects shown (mode posted), emulation, lost atomicity. */
  notes: z.array(z.string()).readonly(),
};

export const operationResultSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    /** The ioctl's return value: pages reported (GET, GET_AND_CLEAR) or 0 (CLEAR). */
    ret: z.number(),
    /** Pairs (first page, pages), ascending, absolute page numbers: the entries of `vec`, as runs. */
    runs: z.custom<Float64Array>((value) => value instanceof Float64Array),
    /** Where to resume if `vec` is full: last reported page + 1; null if the range was scanned to its end. */
    next: z.number().int().min(0).nullable(),
    ...outcome,
  }),
  z.object({
    ok: z.literal(false),
    /** EINVAL, EFAULT, … */
    errno: z.string(),
    /** An explanation of `errno`. */
    message: z.string(),
    ...outcome,
  }),
]);
export type OperationResult = Readonly<z.infer<typeof operationResultSchema>>;
export type OperationSuccess = Extract<OperationResult, { ok: true }>;
export type OperationFailure = Extract<OperationResult, { ok: false }>;
