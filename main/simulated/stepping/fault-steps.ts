import { formatPage } from '#shared/memory/page.ts';
import type { FaultKind } from '../mm/events.ts';
import type { Description } from './outline.ts';

interface Handler {
  readonly function: string;
  readonly sentence: string;
  readonly detail: readonly string[];
}

/** What the fault handler does before it sets the entry, by how the fault is resolved. */
const HANDLERS: Partial<Record<FaultKind, Handler>> = {
  'zero-page': {
    function: 'do_anonymous_page()',
    sentence:
      'A read needs no memory of its own: the zero page, which all programs share, is mapped read-only.',
    detail: ['The first write to it faults again and gets a page.'],
  },
  'new-page': {
    function: 'alloc_zeroed_user_highpage_movable()',
    sentence: 'A page of 4 KiB is allocated and filled with zeros.',
    detail: ['A page that a program gets for the first time never shows what another one left in it.'],
  },
  'huge-zero-page': {
    function: 'mm_get_huge_zero_page()',
    sentence: 'The huge zero page is mapped read-only for all 512 pages.',
    detail: [
      'In Linux 6.1 a write into it splits it into 512 entries; since 6.13 the write gets a huge page.',
    ],
  },
  'huge-page': {
    function: 'do_huge_pmd_anonymous_page()',
    sentence:
      'A huge page of 2 MiB is taken: one entry for 512 pages, with one soft-dirty bit for all of them.',
    detail: ['Only if the 2 MiB lie entirely in the VMA and huge pages are allowed there.'],
  },
  'copy-on-write': {
    function: 'wp_page_copy()',
    sentence: 'The page is shared: a new page is allocated, and the contents are copied into it.',
    detail: ['The other user keeps the old page; its reference count falls by one.'],
  },
  reuse: {
    function: 'wp_page_reuse()',
    sentence: 'The page belongs to this entry alone (PageAnonExclusive): it is made writable in place.',
    detail: ['This is the fault that records a write after a clear: nothing is allocated or copied.'],
  },
  'huge-reuse': {
    function: 'do_huge_pmd_wp_page()',
    sentence: 'The huge page belongs to this entry alone: it is made writable in place.',
    detail: ['Its one soft-dirty bit makes all 512 pages count as written.'],
  },
  'file-page': {
    function: 'do_fault()',
    sentence: 'The page is found in the page cache, or read into it.',
    detail: ['A read maps cached neighbours too (do_fault_around()): fewer faults.'],
  },
  'swap-in': {
    function: 'do_swap_page()',
    sentence: 'The page is read back from swap.',
    detail: ['The swap entry kept the soft-dirty bit (pte_swp_soft_dirty()).'],
  },
  'write-notify': {
    function: 'wp_page_shared()',
    sentence: 'The page is shared memory: it is written in place, and the entry becomes writable.',
    detail: [
      'vma_wants_writenotify(): entries of cleared shared memory are read-only, so that the first write faults.',
    ],
  },
  'uffd-wp-resolved': {
    function: 'do_wp_page()',
    sentence:
      'The entry is write-protected by userfaultfd in asynchronous mode: the kernel lifts the protection itself.',
    detail: ['No process is notified; PAGEMAP_SCAN reads the missing protection as "written".'],
  },
};

/** Null for signals, and where a file's first private write copies: that has its own text. */
export function handlerStep(kind: FaultKind, page: number, ofFile: boolean): Description | null {
  const handler =
    kind === 'copy-on-write' && ofFile
      ? {
          ...HANDLERS['copy-on-write'],
          function: 'do_cow_fault()',
          sentence: 'The file may not change: a new page is allocated, and the contents are copied into it.',
          detail: ['The new page is anonymous and belongs to this process alone.'],
        }
      : HANDLERS[kind];
  if (handler === undefined) return null;
  const { sentence, detail } = handler;
  return {
    function: handler.function,
    sentence,
    detail: [...detail],
    touched: { pages: [{ start: page, pages: 1 }] },
  };
}

/** The function that sets the entry, by how the fault is resolved. */
export const ENTRY_SETTERS: Partial<Record<FaultKind, string>> = {
  'zero-page': 'do_anonymous_page()',
  'new-page': 'do_anonymous_page()',
  'copy-on-write': 'wp_page_copy()',
  reuse: 'wp_page_reuse()',
  'file-page': 'do_set_pte()',
  'swap-in': 'do_swap_page()',
  'write-notify': 'wp_page_reuse()',
  'uffd-wp-resolved': 'do_wp_page()',
  'huge-page': 'do_huge_pmd_anonymous_page()',
  'huge-zero-page': 'set_huge_zero_page()',
  'huge-reuse': 'do_huge_pmd_wp_page()',
};

const SIGNALS: Partial<Record<FaultKind, string>> = {
  SIGSEGV: 'the program may not access this address',
  SIGBUS: 'this page of the mapping has no backing',
  SIGKILL: 'no memory is left',
};

export function signalStep(kind: FaultKind, page: number): Description | null {
  const reason = SIGNALS[kind];
  if (reason === undefined) return null;
  return {
    function: kind === 'SIGKILL' ? 'out_of_memory()' : 'force_sig_fault()',
    sentence: `${kind} at ${formatPage(page)}: ${reason}.`,
    detail: ['The access is not carried out. Without a handler the program ends.'],
    touched: { pages: [{ start: page, pages: 1 }] },
  };
}
