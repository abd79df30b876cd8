/** The numbers of winbase.h and winnt.h that write watches need. */
import type { GetWriteWatchRequest, WindowsError } from '#shared/contract/write-watch.ts';

export { WRITE_WATCH_FLAG_RESET } from '#shared/contract/write-watch.ts';
export type { GetWriteWatchRequest, WindowsError };

/** Allocation types of VirtualAlloc and VirtualFree. */
export const MEM = { COMMIT: 0x1000, RESERVE: 0x2000, WRITE_WATCH: 0x200000 } as const;

/** Protections of VirtualAlloc and VirtualProtect. */
export const PAGE = { NOACCESS: 1, READONLY: 2, READWRITE: 4 } as const;
export type PageProtection = (typeof PAGE)[keyof typeof PAGE];

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
