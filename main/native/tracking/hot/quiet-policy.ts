import type { FaultBudget } from './fault-budget.ts';
import type { HeatMap } from './heat-map.ts';

/** A hot page is armed at least once in this time; in the longer one where the budget is exceeded even so. */
const ARM_WITHIN_MS = 1000;
const MAX_ARM_WITHIN_MS = 8000;
/** Samples between two looks at which blocks are hot: as many as a block needs to show it. */
const LOOK_EVERY = 4;
/** Samples between two looks at whether all of it would fit in the budget again. */
const CALM_EVERY = 32;
/** So many pages are armed in every sample whatever it costs: a program that writes few is always seen exactly. */
const MIN_EXACT_PAGES = 256;
/** Samples without many writes after which counting ends. */
const MAX_QUIET_SAMPLES = 100;

/**
 * When blocks become quiet. Nothing is counted, and every page armed in every sample, while the faults take less than
 * half of what the budget allows; blocks become quiet once they take more than all of it.
 */
export class QuietPolicy {
  /** Whether the writes of each block are counted. */
  counting = false;
  /** A quiet block is armed at least every 2^`maxEvery` samples. */
  maxEvery = 1;
  private readonly heat: HeatMap;
  private readonly budget: FaultBudget;
  private periodMs = 0;
  private few = 0;
  private raisedAt = 0;

  constructor(heat: HeatMap, budget: FaultBudget) {
    this.heat = heat;
    this.budget = budget;
  }

  /**
   * Ends sample number `index`, `elapsedMs` after the one before, which found `written` pages written.
   * @param exact no block may become quiet
   */
  sampled(index: number, elapsedMs: number, written: number, exact: boolean): void {
    this.periodMs = this.periodMs === 0 ? elapsedMs : this.periodMs + (elapsedMs - this.periodMs) / 8;
    const { heat, budget } = this;
    const perSecond = (pages: number) => (pages * 1000) / this.periodMs;
    const allowed = Math.max(budget.allowedPerSecond, perSecond(MIN_EXACT_PAGES));
    if (!this.counting) {
      this.counting = !exact && budget.faultsPerSecond > allowed / 2;
      return;
    }
    this.few = !heat.anyQuiet && perSecond(written) < allowed / 4 ? this.few + 1 : 0;
    if (this.few > MAX_QUIET_SAMPLES || (exact && !heat.anyQuiet)) {
      this.counting = false;
      this.few = 0;
      heat.forget();
      return;
    }
    if (exact) return;
    const base = intervals(ARM_WITHIN_MS, this.periodMs);
    // Sampled so rarely that arming costs little: every page each time.
    if (base < 1) return heat.wakeAll();
    this.maxEvery = Math.max(base, Math.min(this.maxEvery, intervals(MAX_ARM_WITHIN_MS, this.periodMs)));
    if (index % CALM_EVERY === 0 && heat.anyQuiet && perSecond(heat.rate) < allowed / 2) heat.wakeAll();
    else if (index % LOOK_EVERY === 0 && budget.faultsPerSecond > allowed) this.restMore(index, allowed);
    else if (budget.faultsPerSecond < allowed / 3 && index - this.raisedAt > 2 ** this.maxEvery * 2) {
      this.raisedAt = index;
      this.maxEvery = Math.max(base, this.maxEvery - 1);
    }
  }

  private restMore(index: number, allowed: number): void {
    const { heat, periodMs } = this;
    if (heat.rest((allowed / 4) * (periodMs / 1000))) {
      this.raisedAt = index;
      return;
    }
    // All that is hot is quiet already. A longer pause shows after some of it.
    const longest = intervals(MAX_ARM_WITHIN_MS, periodMs);
    if (!heat.anyQuiet || this.maxEvery >= longest || index - this.raisedAt <= 2 ** this.maxEvery * 2) return;
    this.raisedAt = index;
    this.maxEvery++;
  }
}

/** The greatest n with 2^n samples in `ms`. */
const intervals = (ms: number, periodMs: number) => Math.floor(Math.log2(ms / periodMs));
