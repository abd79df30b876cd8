/** How long to wait before the engine is started again, so that one that crashes at once cannot keep the machine busy. */

/** After this lifetime a crash counts as the first one. Milliseconds. */
const WELL_AFTER = 30_000;
/** Waits before the 1st, 2nd, … restart in a row, in milliseconds; the last one for all that follow. */
const WAITS: readonly number[] = [0, 500, 2_000, 5_000, 15_000];

export interface RestartPolicy {
  /** Records a crash after `lifetime` milliseconds. */
  died(lifetime: number): void;
  /** Milliseconds to wait before the next start. */
  wait(): number;
  /** Crashes in a row. */
  deaths(): number;
}

export function createRestartPolicy(): RestartPolicy {
  let deaths = 0;
  return {
    died(lifetime) {
      deaths = lifetime >= WELL_AFTER ? 1 : deaths + 1;
    },
    wait: () => WAITS[Math.min(Math.max(deaths - 1, 0), WAITS.length - 1)] ?? 0,
    deaths: () => deaths,
  };
}
