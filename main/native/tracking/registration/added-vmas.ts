import { readFileSync } from 'node:fs';
import type { Vma } from '#shared/memory/vma.ts';
import { wouldMerge } from './near.ts';

const MAX_ADDED = 1000;
/** Maximum share that tracking takes of the VMAs that the program can still create. */
const MAX_SHARE = 0.1;

/** Counts the VMAs that exist only because memory is registered in pieces, and bounds them. */
export class AddedVmas {
  private readonly maxMapCount = readMaxMapCount();
  /** Where two similar mappings were adjacent before anything was registered: they differ in something that maps does not show. */
  private readonly own = new Set<number>();
  /** At most: pairs that the program itself keeps apart count too. */
  count = 0;
  max = 0;

  /** `vmas`: as they were before the first registration. */
  begin(vmas: readonly Vma[]): void {
    for (const boundary of boundaries(vmas)) this.own.add(boundary);
    this.max = this.bound(vmas.length);
  }

  /** `vmas`: the current list. */
  update(vmas: readonly Vma[]): void {
    this.count = 0;
    for (const boundary of boundaries(vmas)) if (!this.own.has(boundary)) this.count++;
    this.max = this.bound(vmas.length - this.count);
  }

  /** Whether `more` VMAs may be added. */
  allows(more: number): boolean {
    return this.count + more <= this.max;
  }

  /** Counts one more VMA, until the list is read again. */
  note(): void {
    this.count++;
  }

  private bound(vmas: number): number {
    return Math.max(0, Math.min(MAX_ADDED, Math.floor((this.maxMapCount - vmas) * MAX_SHARE)));
  }
}

function* boundaries(vmas: readonly Vma[]): Generator<number> {
  for (let i = 1; i < vmas.length; i++) if (wouldMerge(vmas[i - 1], vmas[i])) yield vmas[i].start;
}

/** vm.max_map_count; the kernel's default if it cannot be read. */
function readMaxMapCount(): number {
  try {
    return Number(readFileSync('/proc/sys/vm/max_map_count', 'latin1'));
  } catch {
    return 65_530;
  }
}
