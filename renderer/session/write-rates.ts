import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { HistoryEntry } from './frame-history.ts';
import { firstEndingAfter } from './vma-index.ts';
import { countBetween } from './written-sets.ts';

/** Over how many ms a rate is taken. */
const SPAN = 2000;

/** Pages written in one frame, by the VMA's first page. */
interface Count {
  readonly time: number;
  readonly pages: ReadonlyMap<number, number>;
}

/** How fast each VMA is written. Each frame is counted once, however often the rates are asked for. */
export class WriteRates {
  private counts: Count[] = [];

  /**
   * @param entries the frames kept, by time  @param now engine time in ms
   * @returns pages newly written a second, index i for `vmas[i]`
   */
  take(entries: readonly HistoryEntry[], vmas: readonly Vma[], now: number): Float64Array {
    const last = this.counts.at(-1)?.time ?? -Infinity;
    // A recording that was wound back, or another source.
    if (last > now) this.counts = [];
    const from = Math.max(now - SPAN, this.counts.at(-1)?.time ?? -Infinity);
    const fresh: Count[] = [];
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i];
      if (!entry || entry.time <= from) break;
      if (entry.time <= now) fresh.unshift({ time: entry.time, pages: countByVma(entry, vmas) });
    }
    this.counts = [...this.counts, ...fresh].filter(({ time }) => time > now - SPAN);
    const rates = new Float64Array(vmas.length);
    vmas.forEach(({ start }, i) => {
      let pages = 0;
      for (const count of this.counts) pages += count.pages.get(start) ?? 0;
      rates[i] = (pages * 1000) / SPAN;
    });
    return rates;
  }
}

function countByVma({ written }: HistoryEntry, vmas: readonly Vma[]): Map<number, number> {
  const pages = new Map<number, number>();
  for (const [tile, words] of written) {
    const base = tile * PAGES_PER_TILE;
    for (let i = firstEndingAfter(vmas, base); i < vmas.length; i++) {
      const vma = vmas[i];
      if (!vma || vma.start >= base + PAGES_PER_TILE) break;
      const from = Math.max(0, vma.start - base);
      const to = Math.min(PAGES_PER_TILE, vma.end - base);
      const count = countBetween(words, from, to);
      if (count > 0) pages.set(vma.start, (pages.get(vma.start) ?? 0) + count);
    }
  }
  return pages;
}
