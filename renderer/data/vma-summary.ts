import { countBits, popcount } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { ClassCounts } from '#shared/memory/write-counts.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import { findVma, type Vma, firstEndingAfter } from '#shared/memory/vma.ts';
import type { WriterShares } from './page-writers.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FrameStore } from './frame-store.ts';

/** Sums a VMA, in pages; index i belongs to `vmas[i]`. */
export interface VmaSums {
  readonly vmas: readonly Vma[];
  readonly written: Float64Array;
  readonly present: Float64Array;
  readonly swapped: Float64Array;
  readonly huge: Float64Array;
  readonly touched: Float64Array;
  readonly hot: Float64Array;
  readonly gone: Float64Array;
  /** Pages newly written a second, as the engine counts them in its samples. */
  readonly rate: Float64Array;
  /** Pages by how often they were written; empty while no column shows it. */
  readonly classes: readonly ClassCounts[];
  /** Pages by their last writer; empty while no column shows it. */
  readonly writers: readonly WriterShares[];
}

/** Where the classes come from. */
export interface VmaClasses {
  /** Rises when they are others. */
  readonly version: number;
  classesOf(vmas: readonly Vma[]): readonly ClassCounts[];
}

/** Where the writers come from. */
export interface VmaWriters {
  /** Rises when they are others. */
  readonly version: number;
  sharesOf(vmas: readonly Vma[]): readonly WriterShares[];
}

const PLANES = [
  Plane.Written,
  Plane.Present,
  Plane.Swapped,
  Plane.Huge,
  Plane.Touched,
  Plane.Hot,
  Plane.Gone,
] as const;

/** Counts pages by VMA, when asked and something has changed. The store holds the result, replaced whole. */
export class VmaSummary {
  readonly store: StoreApi<VmaSums>;
  private readonly frames: FrameStore;
  private counted = -1;
  private generation = -1;
  private rates: WriteRates | null = null;
  private version = -1;
  private writersVersion = -1;
  private readonly classes: () => VmaClasses | null;
  private readonly writers: () => VmaWriters | null;

  /** @param classes null while they are not shown  @param writers likewise */
  constructor(
    frames: FrameStore,
    classes: () => VmaClasses | null = () => null,
    writers: () => VmaWriters | null = () => null,
  ) {
    this.frames = frames;
    this.classes = classes;
    this.writers = writers;
    this.store = createStore<VmaSums>(() => emptySums(frames.vmas));
  }

  /** What the engine counted last; null: nothing. */
  setRates(rates: WriteRates | null): void {
    this.rates = rates;
  }

  /** Whether the store holds what the picture, the engine's rates and the columns are now. */
  get isCurrent(): boolean {
    return this.shows(ratesOf(this.rates, this.frames.vmas));
  }

  refresh(): void {
    const { table, vmas } = this.frames;
    const rate = ratesOf(this.rates, vmas);
    if (this.shows(rate)) return;
    const counted = this.classes();
    const written = this.writers();
    const sums = this.isCounted ? this.store.getState() : sumVmas(this.frames);
    this.version = counted?.version ?? -1;
    this.writersVersion = written?.version ?? -1;
    this.counted = table.clock;
    this.generation = table.generation;
    const classes = counted?.classesOf(vmas) ?? [];
    this.store.setState({ ...sums, rate, classes, writers: written?.sharesOf(vmas) ?? [] }, true);
  }

  private shows(rate: Float64Array): boolean {
    return this.isCounted && this.columnsAreCurrent && sameNumbers(rate, this.store.getState().rate);
  }

  /** Whether the pages are those that were counted. */
  private get isCounted(): boolean {
    const { table } = this.frames;
    return this.counted === table.clock && this.generation === table.generation;
  }

  private get columnsAreCurrent(): boolean {
    const version = this.classes()?.version ?? -1;
    const writersVersion = this.writers()?.version ?? -1;
    return version === this.version && writersVersion === this.writersVersion;
  }
}

/** By index of `vmas`; a VMA that is no longer there has no row. */
function ratesOf(rates: WriteRates | null, vmas: readonly Vma[]): Float64Array {
  const result = new Float64Array(vmas.length);
  rates?.starts.forEach((start, i) => {
    const index = findVma(vmas, start);
    if (index >= 0) result[index] = (result[index] ?? 0) + (rates.vmaPages[i] ?? 0);
  });
  return result;
}

function emptySums(vmas: readonly Vma[]): VmaSums {
  const column = (): Float64Array => new Float64Array(vmas.length);
  return {
    vmas,
    written: column(),
    present: column(),
    swapped: column(),
    huge: column(),
    touched: column(),
    hot: column(),
    gone: column(),
    rate: column(),
    classes: [],
    writers: [],
  };
}

const sameNumbers = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** Cost: the tiles that are known, not the pages that the VMAs span. */
export function sumVmas({ vmas, tiles }: Pick<FrameStore, 'vmas' | 'tiles'>): VmaSums {
  const sums = emptySums(vmas);
  const { written, present, swapped, huge, touched, hot, gone } = sums;
  const columns = [written, present, swapped, huge, touched, hot, gone];
  tiles.indexes.forEach((tile, slot) => {
    const start = tile * PAGES_PER_TILE;
    const end = start + PAGES_PER_TILE;
    for (let i = firstEndingAfter(vmas, start); i < vmas.length; i++) {
      const vma = vmas[i];
      if (!vma || vma.start >= end) break;
      const from = Math.max(vma.start, start) - start;
      const to = Math.min(vma.end, end) - start;
      PLANES.forEach((plane, p) => {
        const column = columns[p];
        if (column)
          column[i] = (column[i] ?? 0) + countPart(tiles.words, tiles.offset(slot, plane), from, to);
      });
    }
  });
  return sums;
}

/** Ones among bits `from` … `to` - 1 of a plane. */
function countPart(words: Uint32Array, at: number, from: number, to: number): number {
  if (from === 0 && to === PAGES_PER_TILE) return countBits(words, at);
  let total = 0;
  for (let w = from >>> 5; w < WORDS_PER_TILE && w * 32 < to; w++) {
    const head = from > w * 32 ? -1 << (from - w * 32) : -1;
    const tail = to < w * 32 + 32 ? (1 << (to - w * 32)) - 1 : -1;
    total += popcount((words[at + w] ?? 0) & head & tail);
  }
  return total;
}
