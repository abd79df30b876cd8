/**
 * Planes: what is known of each page, one bit per page and plane, kept tile by tile (512 bits = 16 words a plane).
 * The numbers are bit positions in a tile's plane mask and part of the frame format.
 *
 * Planes describe pages that have an entry in the page table. A hole has none, and so no bit in any plane; but in a VMA
 * with VM_SOFTDIRTY (`Vma.softDirty`) the ioctl reports holes as written too. Only the VMA shows that,
 * because a new mapping of 1 TiB would otherwise be half a million tiles: draw holes of such a VMA as fresh.
 */
export const Plane = {
  /** Counts as written: in mode hold since the last clear, in mode interval since the last sample. */
  Written: 0,
  /** An entry points to memory (pagemap bit 63). */
  Present: 1,
  /** In swap (pagemap bit 62). */
  Swapped: 2,
  /** Mapped by a PMD entry. */
  Huge: 3,
  /** Written, but only because its VMA is new or merged (VM_SOFTDIRTY), not because of its own entry. */
  Fresh: 4,
  /** The shared zero page. */
  Zero: 5,
  /** A guard page. */
  Guard: 6,
  /**
   * In a tile that was a huge page while it was watched and is mapped page by page now (see HugeTiles); set for those
   * of its pages that have an entry. Set for the whole tile: to flag a row, check whether any of its pages has it.
   */
  Split: 7,
  /**
   * Present, was not before: written or read, which of both is not known. Never counted as written, and never together
   * with Written. Of the same time as Written.
   */
  Touched: 8,
  /**
   * Written in interval after interval, and therefore sampled less often: whether it was written in this one is not
   * known. Never together with Written or Touched. Of the same time as Written.
   */
  Hot: 9,
  /**
   * Had a page when the state was read before and has none now: given back by MADV_DONTNEED, truncated, unmapped. Of the
   * same time as Written, but known only when the state is read. With Written: both happened in that time.
   */
  Gone: 10,
} as const;
export type Plane = (typeof Plane)[keyof typeof Plane];
export const PLANE_COUNT = 11;
/** The planes that describe what happened to a page: since the last clear, or in one interval. */
export const EVENT_PLANES = [Plane.Written, Plane.Fresh, Plane.Touched, Plane.Hot, Plane.Gone] as const;
