import type { SimulatedProcess } from '../process.ts';
import { remember, tellEntries } from '../mapping/entries.ts';
import { ACCESSED, FILE, PRESENT, WRITABLE } from '../mm/tile.ts';
import { PROT_WRITABLE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** remap_pfn_range(): a device's pages are all mapped at once. They have no struct page: nothing counts them. */
export function mapDevice(process: SimulatedProcess, vma: Vma): void {
  const writable = (vma.prot & PROT_WRITABLE) !== 0 ? WRITABLE : 0;
  const flags = PRESENT | ACCESSED | FILE | writable;
  for (let page = vma.start; page < vma.end;) {
    const tile = process.table.ensure(page);
    const end = Math.min(tile.end, vma.end);
    const before = remember(process, tile);
    for (let index = page - tile.base; index < end - tile.base; index++) tile.change(index, 0, flags);
    process.machine.populated += end - page;
    tellEntries(process, tile, 'advice', before);
    page = end;
  }
}
