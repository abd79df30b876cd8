import { formatPage } from '#shared/memory/page.ts';
import type { CallArguments } from '../mm/events.ts';
import { errnoName } from '../mm/errno.ts';
import type { Description } from './outline.ts';

const FUNCTIONS: Readonly<Record<string, string>> = {
  mmap: 'do_mmap()',
  munmap: '__vm_munmap()',
  mprotect: 'do_mprotect_pkey()',
  mremap: 'sys_mremap()',
  brk: 'sys_brk()',
  madvise: 'do_madvise()',
  clear_refs: 'clear_refs_write()',
  fork: 'kernel_clone()',
  exit: 'do_exit()',
  GET: 'do_pagemap_sd_cmd()',
  CLEAR: 'do_pagemap_sd_cmd()',
  GET_AND_CLEAR: 'do_pagemap_sd_cmd()',
  PAGEMAP_SCAN: 'do_pagemap_scan()',
  pagemap: 'pagemap_read()',
  vmas: 'show_smap()',
  ptes: 'walk_page_range()',
  hugepages: 'walk_page_range()',
  switch: '__schedule()',
  pin: 'pin_user_pages()',
  unpin: 'unpin_user_pages()',
  reclaim: 'shrink_folio_list()',
  migrate: 'migrate_pages()',
  khugepaged: 'khugepaged_scan_mm_slot()',
  truncate: 'do_truncate()',
  uffd_register: 'userfaultfd_register()',
  uffd_unregister: 'userfaultfd_unregister()',
  uffd_writeprotect: 'userfaultfd_writeprotect()',
  ioctl: 'do_pagemap_sd_cmd()',
};

export const functionOf = (call: string): string => FUNCTIONS[call] ?? `${call}()`;

/** `page 0x100000000, pages 4`: numbers of pages as addresses where they are places. */
export function argumentsText(args: CallArguments): string {
  return Object.entries(args)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) =>
      typeof value === 'number' && /page$/i.test(name) ? formatPage(value) : `${name} ${String(value)}`,
    )
    .join(', ');
}

export function callBegins(name: string, args: CallArguments): Description {
  return {
    function: functionOf(name),
    sentence: `${name}(${argumentsText(args)}) begins: the program enters the kernel.`,
    detail: [],
    touched: {},
  };
}

export function callReturns(name: string, result: number): Description {
  return {
    function: functionOf(name),
    sentence: result < 0 ? `${name}() fails with ${errnoName(result)}.` : `${name}() returns.`,
    detail: [],
    touched: {},
  };
}

/** A call that changed nothing. @param text with its arguments */
export function queryOnly(op: string, text: string, result: string): Description {
  return {
    function: functionOf(op),
    sentence: `${text} changes nothing; result ${result}.`,
    detail: [],
    touched: {},
  };
}
