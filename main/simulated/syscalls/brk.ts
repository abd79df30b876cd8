import { PAGE_SIZE } from '#shared/memory/page.ts';
import { unmapRange } from './munmap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { canMergeAfter } from '../mapping/vma-merge.ts';
import {
  notifiedProtection,
  VM_ACCOUNT,
  VM_MAY_ACCESS,
  VM_READ,
  VM_SOFTDIRTY,
  VM_WRITE,
} from '../mm/vma-flags.ts';
import { NO_CHAIN, Vma } from '../mm/vma.ts';

const HEAP_FLAGS = VM_READ | VM_WRITE | VM_MAY_ACCESS | VM_ACCOUNT;

/** brk(): sets the end of the heap to byte `address`; an impossible one changes nothing. Returns the break afterwards. */
export function setBreak(mm: MmStruct, address: number): number {
  const old = mm.brk;
  if (address < mm.heapStart || Math.ceil(address / PAGE_SIZE) > mm.memory.taskPages) return old;
  const oldEnd = Math.ceil(old / PAGE_SIZE);
  const newEnd = Math.ceil(address / PAGE_SIZE);
  if (newEnd < oldEnd) {
    // The kernel refuses to shrink if nothing of the heap is mapped.
    if (!mm.vmas.overlaps(newEnd, oldEnd) || unmapRange(mm, newEnd, oldEnd) < 0) return old;
  } else if (newEnd > oldEnd) {
    // One page stays free between the heap and the next mapping.
    if (mm.vmas.overlaps(oldEnd, newEnd + 1)) return old;
    if (mm.vmas.count > mm.memory.options.maxMapCount) return old;
    growHeap(mm, oldEnd, newEnd);
  }
  if (mm.events.active) {
    mm.events.emit({ type: 'brk', process: mm.id, before: old, after: address });
  }
  mm.brk = address;
  return address;
}

/** do_brk_flags(): the heap's VMA grows, or a new one is added; all of it is soft-dirty. */
function growHeap(mm: MmStruct, start: number, end: number): void {
  const list = mm.vmas;
  const at = list.indexAfter(start);
  const prev = list.at(at - 1);
  const traits = { flags: HEAP_FLAGS, anonVma: null, object: null, pgoff: start };
  const isHeap = prev !== undefined && prev.end > Math.floor(mm.heapStart / PAGE_SIZE);
  if (isHeap && prev.end === start && canMergeAfter(prev, traits)) {
    list.replace(at - 1, 1, [prev.with({ end, flags: prev.flags | VM_SOFTDIRTY })], 'grow');
    return;
  }
  const vma = new Vma({
    start,
    end,
    flags: HEAP_FLAGS | VM_SOFTDIRTY,
    prot: notifiedProtection(HEAP_FLAGS),
    pgoff: start,
    object: null,
    anonVma: null,
    chain: NO_CHAIN,
  });
  list.replace(at, 0, [vma], 'map');
}
