/** The three operations of the soft-dirty ioctl (spec: the header of the 2022 patch series), with 64-bit lengths. */

export const OPERATION_NAMES = ['GET', 'CLEAR', 'GET_AND_CLEAR'] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** PAGEMAP_SD_NO_REUSED_REGIONS: ignore VM_SOFTDIRTY, so that only pages really written are reported. */
export const NO_REUSED_REGIONS = 1;

export interface OperationRequest {
  readonly op: OperationName;
  /** Byte address; not rounded: an unaligned one gives EINVAL, as in the kernel. */
  readonly start: bigint;
  /** Bytes; rounded up to whole pages. */
  readonly len: bigint;
  /** Places in `vec`, one a page. CLEAR ignores it. */
  readonly vecLen: number;
  readonly flags: number;
}

export interface OperationSuccess {
  readonly ok: true;
  /** What the ioctl returns: pages reported (GET, GET_AND_CLEAR) or 0 (CLEAR). */
  readonly ret: number;
  /** Pairs (first page, pages), ascending, absolute page numbers: the entries of `vec`, as runs. */
  readonly runs: Float64Array;
  /** Where to go on if `vec` is full: last reported page + 1; null where the range was scanned to its end. */
  readonly next: number | null;
  /** How long the operation took in the engine, in nanoseconds. */
  readonly durationNs: number;
  /** What a user must know of this result: defects shown (mode posted), emulation, lost atomicity. */
  readonly notes: readonly string[];
}

export interface OperationFailure {
  readonly ok: false;
  /** EINVAL, EFAULT, … */
  readonly errno: string;
  /** The same in plain words. */
  readonly message: string;
  readonly durationNs: number;
  readonly notes: readonly string[];
}

export type OperationResult = OperationSuccess | OperationFailure;
