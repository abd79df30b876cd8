import type { FaultBudget } from './fault-budget.ts';
import type { HeatMap } from './heat-map.ts';

/** A hot page is armed at least once in this time; in the longer one if the budget is exceeded even so. */
const ARM_WITHIN_MS = 1000;
const MAX_ARM_WITHIN_MS = 8000;
/** Counted samples before the first decision which blocks are hot: as many as a block needs to become so. */
const FIRST_DECISION = 3;
/** Samples between two decisions. */
const DECISION_PERIOD = 4;
/** How many times the pause of a block that has become quiet doubles, if the budget permits so short a one at first. */
const FIRST_STEPS = 2;
/** This many pages are armed in every sample at any cost: a program that writes few is always tracked exactly. */
const MIN_EXACT_PAGES = 256;
/** Samples with nothing to gain after which counting ends: few writes, or hardly any to pages written just before. */
const MAX_IDLE_SAMPLES = 48;
/** Samples without counting after that. */
const PAUSE_SAMPLES = 64;

/**
 * When blocks become quiet. Nothing is counted, and every page armed in every sample, until a sample finds more writes than
 * half of the faults that the budget allows; blocks become quiet once faults take more than all of it. If pages are written here and
 * there, rarely the same ones again soon, arming them less often would save nothing: counting pauses.
 */
export class QuietPolicy {
  /** Whether the writes of each block are counted. */
  counting = false;
  /** A quiet block is armed at least every 2^`maxEvery` samples. */
  maxEvery = 1;
  private readonly heat: HeatMap;
  private readonly budget: FaultBudget;
  private periodMs = 0;
  private idle = 0;
  private pause = 0;
  /** Samples since counting began. */
  private counted = 0;

  constructor(heat: HeatMap, budget: FaultBudget) {
    this.heat = heat;
    this.budget = budget;
  }

  /**
   * Whether counting begins with the sample that ends now, `elapsedMs` after the previous one, which found `written` pages
   * written: a program that becomes busy is counted from its first interval on.
   */
  begins(elapsedMs: number, written: number): boolean {
    const { allowed } = this;
    const found = (written * 1000) / elapsedMs;
    // After a time with few writes the counts no longer apply.
    if (found < allowed / 4) this.pause = 0;
    if (this.pause > 0) {
      this.pause--;
      return false;
    }
    this.counted = 0;
    return (this.counting = found > allowed / 2);
  }

  /**
   * Ends a sample, `elapsedMs` after the previous one, which found `written` pages written.
   * @param exact no block may become quiet
   */
  sampled(elapsedMs: number, written: number, exact: boolean): void {
    this.periodMs = this.periodMs === 0 ? elapsedMs : this.periodMs + (elapsedMs - this.periodMs) / 8;
    if (!this.counting) return;
    this.counted++;
    const { heat, budget, allowed } = this;
    const perSecond = (pages: number) => (pages * 1000) / this.periodMs;
    const gain = () => perSecond(written) >= allowed / 4 && perSecond(heat.rate) >= allowed / 4;
    this.idle = heat.anyQuiet || gain() ? 0 : this.idle + 1;
    if (this.idle > MAX_IDLE_SAMPLES || (exact && !heat.anyQuiet)) {
      this.counting = false;
      this.pause = exact ? 0 : PAUSE_SAMPLES;
      this.idle = 0;
      heat.forget();
      return;
    }
    if (exact) return;
    const base = intervals(ARM_WITHIN_MS, this.periodMs);
    // Sampled so rarely that arming costs little: every page each time.
    if (base < 1) return heat.wakeAll();
    if (this.counted < FIRST_DECISION || (this.counted - FIRST_DECISION) % DECISION_PERIOD !== 0) return;
    const exactRate = perSecond(heat.rate);
    if (exactRate < allowed / 2) {
      if (heat.anyQuiet) heat.wakeAll();
      return;
    }
    // Half of the budget for the pages that are hot, each a fault in 2^n samples.
    const needed = Math.ceil(Math.log2((2 * exactRate) / allowed));
    this.maxEvery = Math.min(Math.max(base, needed), intervals(MAX_ARM_WITHIN_MS, this.periodMs));
    // Also checked by pages: the rates of irregular samples are misleading.
    if (heat.rate <= MIN_EXACT_PAGES || budget.faultsPerSecond <= allowed) return;
    const first = Math.min(Math.max(1, needed, this.maxEvery - FIRST_STEPS), this.maxEvery);
    heat.rest((allowed / 4) * (this.periodMs / 1000), first);
  }

  /** Faults a second that are accepted. */
  private get allowed(): number {
    const exactly = this.periodMs === 0 ? Infinity : (MIN_EXACT_PAGES * 1000) / this.periodMs;
    return Math.max(this.budget.allowedPerSecond, exactly);
  }
}

/** The greatest n with 2^n samples in `ms`. */
const intervals = (ms: number, periodMs: number) => Math.floor(Math.log2(ms / periodMs));
