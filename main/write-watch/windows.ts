/** The numbers of winbase.h, winnt.h and winerror.h that write watches need. */

export const WINDOWS_ERRORS = {
  ERROR_SUCCESS: 0,
  ERROR_INVALID_PARAMETER: 87,
  ERROR_NOACCESS: 998,
} as const;
export type WindowsError = keyof typeof WINDOWS_ERRORS;

/** Flag of GetWriteWatch: the pages returned are reset in the same atomic step. */
export const WRITE_WATCH_FLAG_RESET = 1;

/** Allocation types of VirtualAlloc and VirtualFree. */
export const MEM = { COMMIT: 0x1000, RESERVE: 0x2000, WRITE_WATCH: 0x200000 } as const;

/** Protections of VirtualAlloc and VirtualProtect. */
export const PAGE = { NOACCESS: 1, READONLY: 2, READWRITE: 4 } as const;
export type PageProtection = (typeof PAGE)[keyof typeof PAGE];

/** What GetWriteWatch is called with. A pointer that is NULL is null here. */
export interface GetWriteWatchRequest {
  /** 0 or WRITE_WATCH_FLAG_RESET. */
  readonly flags: number;
  /** Byte address; rounded down to a page. */
  readonly base: bigint;
  /** Bytes; the end is rounded up to a page. */
  readonly size: bigint;
  /** Whether `lpAddresses` is not NULL. */
  readonly addresses: boolean;
  /** `*lpdwCount`: places in the array; null where the pointer is NULL. */
  readonly count: number | null;
  /** Whether `lpdwGranularity` is not NULL. */
  readonly granularity: boolean;
}

/** What GetWriteWatch returns and writes through its pointers. */
export interface GetWriteWatchReply {
  readonly error: WindowsError;
  /** Ascending byte addresses of pages; as many as `*lpdwCount` afterwards. */
  readonly addresses: readonly bigint[];
  /** Bytes. */
  readonly granularity: number;
  /**
   * The kernel counts the whole region as written because its VMA is new again (VM_SOFTDIRTY after a merge): every page was
   * reported rather than a write missed.
   */
  readonly wholeRegion: boolean;
}
