import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { newAnonPage, swapIn, writeProtected } from './fault-anon.ts';
import { fileFault } from './fault-file.ts';
import { hugeAnonFault, hugetlbFault, writeProtectedHuge } from './fault-huge.ts';
import type { Signal } from './fault-event.ts';
import { hugeFaults, hugeFits, setHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, GUARD, PRESENT, SWAP, UFFD_WP, WRITABLE } from '../mm/tile.ts';
import { VM_HUGETLB, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * handle_mm_fault(): resolves an access to `page` that its entry does not allow, though `vma` does, and carries it
 * out. Returns null, or the signal that it ends with.
 */
export function handleFault(mm: MmStruct, vma: Vma, page: number, write: boolean): Signal | null {
  if ((vma.flags & VM_HUGETLB) !== 0) return hugetlbFault(mm, vma, page, write);
  const tile = mm.table.find(page);
  if (tile === null) {
    const base = page - (page % PAGES_PER_TILE);
    if (hugeFaults(mm, vma) && hugeFits(vma, base)) return hugeAnonFault(mm, vma, page, base, write);
  } else if (tile.huge !== 0) {
    if (!write || (tile.huge & WRITABLE) !== 0) {
      setHuge(mm, tile, tile.huge | ACCESSED | (write ? DIRTY : 0));
      return null;
    }
    if (writeProtectedHuge(mm, vma, tile, page)) return null;
  }
  return handleEntryFault(mm, vma, page, write);
}

/** handle_pte_fault(): the same below the PMD entry, which is none or a page table. */
function handleEntryFault(mm: MmStruct, vma: Vma, page: number, write: boolean): Signal | null {
  const tile = mm.table.find(page);
  const entry = tile === null ? 0 : tile.entry(page - tile.base);
  if (tile === null || (entry & (PRESENT | SWAP | GUARD)) === 0) {
    // The new entry inherits a userfaultfd marker, if the VMA is still registered.
    const protect = (entry & UFFD_WP) !== 0 && (vma.flags & VM_UFFD_WP) !== 0 && !write ? UFFD_WP : 0;
    if (vma.anonymous) return newAnonPage(mm, vma, page, write, entry, protect);
    return fileFault(mm, vma, page, write, entry, protect);
  }
  if ((entry & GUARD) !== 0) return 'SIGSEGV';
  if ((entry & SWAP) !== 0) return swapIn(mm, vma, tile, page, write);
  if (write) writeProtected(mm, vma, tile, page);
  return null;
}
