import type { MmStruct } from '../mm/mm-struct.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { ACCESSED, FILE, PRESENT, WRITABLE } from '../mm/tile.ts';
import { PROT_WRITABLE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** remap_pfn_range(): a device's pages are all mapped at once. They have no struct page: nothing counts them. */
export function mapDevice(mm: MmStruct, vma: Vma): void {
  const writable = (vma.prot & PROT_WRITABLE) !== 0 ? WRITABLE : 0;
  const flags = PRESENT | ACCESSED | FILE | writable;
  for (let page = vma.start; page < vma.end;) {
    const tile = mm.table.ensure(page);
    const end = Math.min(tile.end, vma.end);
    const before = stateBefore(mm, tile);
    for (let index = page - tile.base; index < end - tile.base; index++) tile.change(index, 0, flags);
    mm.memory.populated += end - page;
    emitEntries(mm, tile, 'advice', before);
    page = end;
  }
}
