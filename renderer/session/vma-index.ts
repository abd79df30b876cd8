import type { Vma } from '#shared/memory/vma.ts';

/** Index of the first VMA that ends after `page`. */
export function firstEndingAfter(vmas: readonly Vma[], page: number): number {
  let low = 0;
  let high = vmas.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((vmas[middle]?.end ?? 0) <= page) low = middle + 1;
    else high = middle;
  }
  return low;
}
