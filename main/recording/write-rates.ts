import type { WriteRates } from '#shared/contract/write-rates.ts';
import { countBits, popcount } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { findVma, firstEndingAfter, type Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';

/** Over how many milliseconds a rate is taken; over one interval if that is longer. */
const SPAN_MS = 1000;

/** Pages newly written in one sample. */
interface Count {
  /** Time of the sample before, and of this one, in ms. */
  readonly from: number;
  readonly time: number;
  readonly pages: number;
  /** By VMA, named by one of its pages that was written, since VMAs grow at both ends. */
  readonly vmas: ReadonlyMap<number, number>;
}

/**
 * How fast pages are written, from the samples of a source: pages newly written in the last second, in total and by VMA. In
 * mode interval a page counts once in each sample in which it was written, in mode hold once until it is cleared. Pages
 * that count only because their VMA is new (Fresh) do not. The first sample only begins the time.
 */
export class WriteRateMeter {
  private counts: Count[] = [];
  private mode: SampleMode | null = null;
  private time = 0;
  /** Mode hold: pages that have been counted already, 16 words per tile. */
  private readonly known = new Map<number, Uint32Array>();
  private readonly words = new Uint32Array(WORDS_PER_TILE);

  /** Takes a sample at `time` in ms: what is written in it (interval), or since the last clear (hold). */
  note(tiles: TileSet, vmas: readonly Vma[], mode: SampleMode, time: number): void {
    const begins = mode !== this.mode || time < this.time;
    if (begins) this.begin(mode);
    const byVma = new Map<number, number>();
    const counter = new VmaCounter(vmas);
    // Without Fresh every written page of an interval counts.
    const plain = mode === 'interval' && (tiles.used & (1 << Plane.Fresh)) === 0;
    for (let slot = 0; slot < tiles.size; slot++) {
      const tile = tiles.indexes[slot];
      if (plain) counter.add(tiles.words, tiles.offset(slot, Plane.Written), tile);
      else if (this.newIn(tiles, slot, tile, mode)) counter.add(this.words, 0, tile);
    }
    const { found, pages } = counter;
    for (const { first, pages: own } of found.values()) byVma.set(first, own);
    if (mode === 'hold')
      for (const tile of this.known.keys()) if (tiles.find(tile) < 0) this.known.delete(tile);
    if (!begins) this.counts.push({ from: this.time, time, pages, vmas: byVma });
    this.time = time;
    this.counts = this.counts.filter((count) => count.time > time - SPAN_MS);
  }

  /** Pages were cleared by an operation: in mode hold they count again when they are written again. */
  cleared({ start, end }: PageRange): void {
    for (const [tile, known] of this.known) {
      const base = tile * PAGES_PER_TILE;
      const from = Math.max(0, start - base);
      const to = Math.min(PAGES_PER_TILE, end - base);
      for (let page = from; page < to; page++) known[page >>> 5] &= ~(1 << (page & 31));
    }
  }

  /** Pages a second until the last sample; null before the second one. */
  rates(vmas: readonly Vma[]): WriteRates | null {
    if (this.counts.length === 0) return null;
    const spanMs = this.time - this.counts[0].from;
    const sums = new Map<number, number>();
    let pages = 0;
    for (const count of this.counts) {
      pages += count.pages;
      for (const [page, own] of count.vmas) {
        const vma = vmas[findVma(vmas, page)] as Vma | undefined;
        if (vma) sums.set(vma.start, (sums.get(vma.start) ?? 0) + own);
      }
    }
    const perSecond = (own: number): number => (spanMs > 0 ? (own * 1000) / spanMs : 0);
    return {
      timeNs: Math.round(this.time * 1e6),
      spanMs,
      pages: perSecond(pages),
      starts: Float64Array.from(sums.keys()),
      vmaPages: Float64Array.from(sums.values(), perSecond),
    };
  }

  private begin(mode: SampleMode): void {
    this.mode = mode;
    this.counts = [];
    this.known.clear();
  }

  /** Leaves the newly written pages of a tile in `words`; whether there are any. */
  private newIn(tiles: TileSet, slot: number, tile: number, mode: SampleMode): boolean {
    const { words } = tiles;
    const [written, fresh] = [tiles.offset(slot, Plane.Written), tiles.offset(slot, Plane.Fresh)];
    let known = mode === 'hold' ? this.known.get(tile) : undefined;
    let any = 0;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const own = words[written + w] & ~words[fresh + w];
      if (own !== 0 && mode === 'hold' && !known) {
        known = new Uint32Array(WORDS_PER_TILE);
        this.known.set(tile, known);
      }
      any |= this.words[w] = known ? own & ~known[w] : own;
      if (known) known[w] = own;
    }
    return any !== 0;
  }
}

/** Pages found in one VMA, and one of them. */
interface FoundPages {
  readonly first: number;
  pages: number;
}

/** Counts pages by VMA. */
class VmaCounter {
  readonly found = new Map<Vma, FoundPages>();
  /** Sum over all VMAs. */
  pages = 0;
  private readonly vmas: readonly Vma[];
  /** The tiles that are in one VMA as a whole, from the one that was found last on, and the pages found in it. */
  private firstTile = 0;
  private endTile = 0;
  private inVma: FoundPages = { first: -1, pages: 0 };

  constructor(vmas: readonly Vma[]) {
    this.vmas = vmas;
  }

  /** Adds the pages of a tile, whose words begin at `at`. */
  add(words: Uint32Array, at: number, tile: number): void {
    const pages = countBits(words, at);
    if (pages === 0) return;
    if (tile < this.firstTile || tile >= this.endTile) {
      const base = tile * PAGES_PER_TILE;
      const vma = this.vmas[findVma(this.vmas, base)] as Vma | undefined;
      this.firstTile = tile;
      this.endTile = vma ? tileOfPage(vma.end) : 0;
      if (!vma || tile >= this.endTile) return this.addParts(words, at, base);
      this.inVma = this.foundIn(vma, base + firstPage(words, at));
    }
    this.inVma.pages += pages;
    this.pages += pages;
  }

  /** Adds the pages of a tile that begins at page `base` to the VMAs that hold parts of it. */
  private addParts(words: Uint32Array, at: number, base: number): void {
    const { vmas } = this;
    for (
      let i = firstEndingAfter(vmas, base);
      i < vmas.length && vmas[i].start < base + PAGES_PER_TILE;
      i++
    ) {
      const from = Math.max(0, vmas[i].start - base);
      const to = Math.min(PAGES_PER_TILE, vmas[i].end - base);
      let own = 0;
      let first = -1;
      for (let w = from >>> 5; w < WORDS_PER_TILE && w * 32 < to; w++) {
        const head = from > w * 32 ? -1 << (from - w * 32) : -1;
        const tail = to < w * 32 + 32 ? (1 << (to - w * 32)) - 1 : -1;
        const word = words[at + w] & head & tail;
        if (word !== 0 && first < 0) first = base + w * 32 + 31 - Math.clz32(word & -word);
        own += popcount(word);
      }
      if (own > 0) this.foundIn(vmas[i], first).pages += own;
      this.pages += own;
    }
  }

  private foundIn(vma: Vma, first: number): FoundPages {
    const known = this.found.get(vma);
    if (known) return known;
    const made = { first, pages: 0 };
    this.found.set(vma, made);
    return made;
  }
}

/** The first page of a tile that has one. */
function firstPage(words: Uint32Array, at: number): number {
  let w = 0;
  while (words[at + w] === 0) w++;
  return w * 32 + 31 - Math.clz32(words[at + w] & -words[at + w]);
}
