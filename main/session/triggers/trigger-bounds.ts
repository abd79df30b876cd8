import type { TriggerAction } from '#shared/contract/trigger.ts';

/** What a trigger of `each` may do: the shortest time between two actions in milliseconds, and how many there may be. */
interface Bounds {
  readonly gapMs: number;
  readonly most: number;
}

/** A condition can be met in every sample: an action that makes a file or starts a process must not follow at that rate. */
export const BOUNDS: Readonly<Record<TriggerAction['kind'], Bounds>> = {
  mark: { gapMs: 100, most: 1000 },
  snapshot: { gapMs: 1000, most: 100 },
  pause: { gapMs: 0, most: Infinity },
  save: { gapMs: 10_000, most: 20 },
  'stop-recording': { gapMs: 0, most: Infinity },
  run: { gapMs: 1000, most: 1000 },
};
