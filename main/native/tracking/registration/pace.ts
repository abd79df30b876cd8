/** Target for how long one call holds the program's mmap_lock, in milliseconds: pieces grow below and shrink above it. */
const MIN_MS = 0.3;
const MAX_MS = 0.8;

const MIN_SCALE = 1 / 8;
const MAX_SCALE = 16;

/**
 * How much one call may process, so that it holds mmap_lock for less than a millisecond in any case: measured, since
 * a page costs between 4 ns (nothing to do) and 46 ns (written, to be protected), and machines differ.
 */
export class Pace {
  private scale = 1;

  /** VMAs that a call may visit. */
  get vmas(): number {
    return 400 * this.scale;
  }

  /** Tiles with pages that a call may walk through. */
  get tiles(): number {
    return Math.max(1, Math.floor(32 * this.scale));
  }

  /** Matching pages after which a call ends, which bounds it where a range has more pages than was known. */
  get pages(): number {
    return Math.floor(8192 * this.scale);
  }

  /** Records a call of `ms`; `full`: it had the maximum size. */
  note(ms: number, full: boolean): void {
    if (ms > MAX_MS) this.scale = Math.max(MIN_SCALE, this.scale / 2);
    else if (ms < MIN_MS && full) this.scale = Math.min(MAX_SCALE, this.scale * 2);
  }
}
