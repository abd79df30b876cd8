/** Test support: programs whose memory is tracked. */
import { afterEach, beforeAll } from 'vitest';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { RegionList } from '../tracking/region-list.ts';
import { WriteProtectTracker } from '../tracking/write-protect-tracker.ts';
import { buildScripts, type BuiltScripts } from './built-scripts.ts';
import { Target } from './target.ts';

interface TrackedTarget<Tracker> {
  readonly target: Target;
  readonly tracker: Tracker;
  /** Room for what the tracker reports. */
  readonly list: RegionList;
}

/**
 * Starts targets with a tracker each; both are ended after their test.
 * @param openTracker opens one on a process
 */
export function trackedTargets<Tracker extends { close(): void }, Args extends unknown[]>(
  openTracker: (pid: number, ...args: Args) => Tracker,
): (...args: Args) => Promise<TrackedTarget<Tracker>> {
  let scripts: BuiltScripts;
  const targets: Target[] = [];
  const trackers: Tracker[] = [];
  beforeAll(async () => {
    scripts = await buildScripts('native/testing/test-target.ts');
  });
  afterEach(async () => {
    for (const tracker of trackers.splice(0)) tracker.close();
    for (const target of targets.splice(0)) await target.kill();
  });
  return async (...args) => {
    const target = await Target.start(scripts.path('test-target'));
    targets.push(target);
    const tracker = openTracker(target.pid, ...args);
    trackers.push(tracker);
    return { target, tracker, list: new RegionList() };
  };
}

/** Write-protection with everything clear. @param exact whether new mappings are registered at once */
export function openWriteProtect(pid: number, exact = true): WriteProtectTracker {
  const tracker = new WriteProtectTracker(pid, takeDescriptor(pid).uffd, { exact });
  tracker.clear();
  return tracker;
}

/** The pages of `list` from `from` up to `to`, counted from `from`. */
export function pagesOf(list: RegionList, from = 0, to = Infinity): number[] {
  const found: number[] = [];
  for (let i = 0; i < list.count; i++) {
    for (let page = list.start(i); page < list.end(i); page++) {
      if (page >= from && page < to) found.push(page - from);
    }
  }
  return found;
}
