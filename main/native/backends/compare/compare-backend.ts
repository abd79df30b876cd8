import type { Backend } from '../write-tracker.ts';
import { CompareTracker } from './compare-tracker.ts';

const LIMITS =
  'By comparing contents: writes that changed nothing, or were undone, are not seen; in shared memory writes by any process count.';

/** Comparison of contents on process `pid`, of at most `maxPages` pages. Throws InspectorError. */
export function compareBackend(pid: number, maxPages?: number): Backend {
  return {
    name: 'compare',
    label: 'content comparison',
    tracker: new CompareTracker(pid, maxPages),
    registers: false,
    getAndClear: 'emulated-racy',
    clearRefs: false,
    stoppedNs: 0,
    notes: (op) => (op === 'CLEAR' ? [] : [LIMITS]),
    explain: (_entry, written) =>
      written
        ? 'Counts as written: its contents differ from those at the last clear.'
        : 'No write seen: its contents are those of the last clear.',
  };
}
