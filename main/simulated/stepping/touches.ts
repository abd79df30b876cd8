import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { PmdState } from '../mm/tile.ts';
import type { Vma } from '../mm/vma.ts';
import { entryOf, pmdEntryOf } from './entry-flags.ts';

/** Whether an event changes entries of pages [start, end) of `process`, or a VMA that holds some of them. */
export function changesPages(event: MachineEvent, process: number, start: number, end: number): boolean {
  if (!('process' in event) || event.process !== process) return false;
  switch (event.type) {
    case 'entry':
      return event.page >= start && event.page < end;
    case 'entries':
      return someIndex(event.page, start, end, (i) => entryOf(event.before, i) !== entryOf(event.after, i));
    case 'pmd':
      return someIndex(
        event.page,
        start,
        end,
        (i) =>
          isHuge(event.before) !== isHuge(event.after) ||
          pmdEntryOf(event.before, i) !== pmdEntryOf(event.after, i),
      );
    case 'table-moved': {
      const pages = PAGES_PER_TILE ** event.level;
      return [event.before, event.after].some((page) => page < end && page + pages > start);
    }
    case 'vmas': {
      if (event.change === 'anon-vma') return false;
      const holds = (vma: Vma): boolean => vma.start < end && vma.end > start;
      return event.before.some(holds) || event.after.some(holds);
    }
    default:
      return false;
  }
}

const isHuge = (state: PmdState): boolean => state?.kind === 'huge';

function someIndex(base: number, start: number, end: number, test: (index: number) => boolean): boolean {
  const to = Math.min(end - base, PAGES_PER_TILE);
  for (let index = Math.max(start - base, 0); index < to; index++) if (test(index)) return true;
  return false;
}
