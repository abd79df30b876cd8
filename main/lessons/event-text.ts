import { formatPage } from '#shared/memory/page.ts';
import type { FaultKind, MachineEvent } from '../simulated/mm/events.ts';
import { PRESENT, SOFT, WRITABLE } from '../simulated/mm/tile.ts';

/** How each fault is resolved, with the kernel function that does it. */
const FAULTS: Readonly<Record<FaultKind, string>> = {
  'zero-page': 'the read mapped the zero page (do_anonymous_page())',
  'new-page': 'the write got a new page (do_anonymous_page(), or wp_page_copy() in place of the zero page)',
  'huge-zero-page': 'the read mapped the huge zero page (do_huge_pmd_anonymous_page())',
  'huge-page': 'a huge page was mapped (do_huge_pmd_anonymous_page())',
  'copy-on-write': 'the page was copied (wp_page_copy())',
  reuse: 'the entry was made writable again (wp_page_reuse())',
  'huge-reuse': 'the huge page was made writable again (do_huge_pmd_wp_page())',
  'file-page': 'the page came from the page cache (do_fault())',
  'swap-in': 'the page came back from swap (do_swap_page())',
  'write-notify': 'the shared page was made writable (wp_page_shared())',
  'uffd-wp-resolved': 'userfaultfd write-protection was lifted (do_wp_page())',
  SIGSEGV: 'the access is not allowed: SIGSEGV',
  SIGBUS: 'the access is past the end of the file: SIGBUS',
  SIGKILL: 'memory is full: SIGKILL',
};

/** What happened to one page in a step, in a few words each. */
export function pageEvents(events: readonly MachineEvent[], process: number, page: number): string[] {
  const words: string[] = [];
  for (const event of events) {
    if (!('process' in event) || event.process !== process || !('page' in event) || event.page !== page)
      continue;
    if (event.type === 'access') words.push(`it was ${event.write ? 'written' : 'read'} (TLB ${event.tlb})`);
    else if (event.type === 'fault') words.push(`page fault: ${FAULTS[event.kind]}`);
    else if (event.type === 'entry') {
      const changes = changedFlags(event.before.flags, event.after.flags);
      if (changes !== '') words.push(`its entry: ${changes}`);
    }
  }
  return words;
}

/** All events of a step: counts by kind. */
export function stepEvents(events: readonly MachineEvent[]): string[] {
  const counts = new Map<string, number>();
  const add = (words: string): void => void counts.set(words, (counts.get(words) ?? 0) + 1);
  for (const event of events) {
    if (event.type === 'access') add(`${event.write ? 'write' : 'read'}, TLB ${event.tlb}`);
    else if (event.type === 'fault') add(`page fault: ${FAULTS[event.kind]}`);
    else if (event.type === 'vmas' && VMA_CHANGES[event.change] !== undefined)
      add(VMA_CHANGES[event.change] ?? '');
    else if (event.type === 'pmd' && PMD_CHANGES[event.change] !== undefined)
      add(PMD_CHANGES[event.change] ?? '');
    else if (event.type === 'defect') add(`defect ${event.id} of the posted code`);
  }
  return [...counts].map(([words, count]) => `${count} × ${words}`);
}

const VMA_CHANGES: Readonly<Record<string, string>> = {
  split: 'VMA split (split_vma())',
  merge: 'VMAs merged (vma_merge())',
  grow: 'VMA grown',
  'soft-dirty': 'VM_SOFTDIRTY cleared',
};
const PMD_CHANGES: Readonly<Record<string, string>> = {
  'huge-split': 'huge page split (__split_huge_pmd())',
  'huge-mapped': 'huge page mapped',
  collapsed: 'page table collapsed into a huge page (collapse_huge_page())',
};

const NAMES: readonly (readonly [number, string])[] = [
  [PRESENT, 'P'],
  [WRITABLE, 'RW'],
  [SOFT, 'SD'],
];

function changedFlags(before: number, after: number): string {
  return NAMES.filter(([bit]) => ((before ^ after) & bit) !== 0)
    .map(([bit, name]) => `${name} ${(before & bit) === 0 ? '0 → 1' : '1 → 0'}`)
    .join(', ');
}

/** `page 0x100003000: …` with what happened to it, or that nothing did. */
export function pageSentence(events: readonly MachineEvent[], process: number, page: number): string {
  const words = pageEvents(events, process, page);
  return `${formatPage(page)}: ${words.length > 0 ? words.join('; ') : 'no access and no change of its own entry in this step'}.`;
}
