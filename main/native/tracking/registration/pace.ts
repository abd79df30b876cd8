/** One call may hold the program's mmap_lock so long, in milliseconds: below it pieces grow, above it they shrink. */
const MIN_MS = 0.3;
const MAX_MS = 0.8;

const MIN_SCALE = 1 / 8;
const MAX_SCALE = 16;

/**
 * How much one call may be given, so that it holds mmap_lock for less than a millisecond whatever it meets: measured, since
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

  /** Matching pages after which a call ends, which bounds it where more lies in a range than was known. */
  get pages(): number {
    return Math.floor(8192 * this.scale);
  }

  /** A call took `ms`; `full`: it was given all that it may be given. */
  note(ms: number, full: boolean): void {
    if (ms > MAX_MS) this.scale = Math.max(MIN_SCALE, this.scale / 2);
    else if (ms < MIN_MS && full) this.scale = Math.min(MAX_SCALE, this.scale * 2);
  }
}
