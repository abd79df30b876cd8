/** KiB of a huge page. */
export const HUGE_TILE_KIB = 2048;
