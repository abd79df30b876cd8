import { VM_ACCESS, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import type { Signal } from './fault-event.ts';

/** How an access ended: null if every page was accessed, else the page that was not and why. */
export type AccessResult = { readonly signal: Signal; readonly page: number } | null;

/** access_error(): whether the VMA allows the access; on x86 any right allows reading. */
export function isAllowed(vma: Vma, write: boolean): boolean {
  return (vma.flags & (write ? VM_WRITE : VM_ACCESS)) !== 0;
}
