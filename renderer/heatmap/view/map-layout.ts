import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../../data/frame-store.ts';
import type { SelectionStore } from '../../stores/selection-store.ts';
import type { ViewSettings } from '../../stores/view-store.ts';
import { BandLayout } from '../geometry/band-layout.ts';
import { isFolded, untouchedRanges } from '../geometry/fold.ts';
import { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { bandProjection, type Projection } from '../geometry/projection.ts';

/** What a layout is made from. */
export interface LayoutInput {
  readonly frames: FrameStore;
  readonly selection: StoreApi<SelectionStore>;
  readonly settings: StoreApi<ViewSettings>;
}

/** Where pages are drawn: bands, or the square of one VMA along a Hilbert curve. Made again when VMAs or settings change. */
export class MapLayout {
  /** The bands, even while the square is shown. */
  bands = new BandLayout([]);
  /** The square in place of the bands; null while bands are shown. */
  hilbert: HilbertLayout | null = null;
  projection: Projection = bandProjection(this.bands);
  private readonly input: LayoutInput;
  private folded: readonly PageRange[] = [];
  private stale = true;
  private readonly listeners = new Set<() => void>();

  constructor(input: LayoutInput) {
    this.input = input;
  }

  /** @param listener called when bands or projection are new  @returns a function that removes it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether `update` has something to do. */
  get isStale(): boolean {
    return this.stale;
  }

  invalidate(): void {
    this.stale = true;
  }

  /** Another source: nothing is folded until its tiles are known. */
  reset(): void {
    this.folded = [];
    this.stale = true;
  }

  /** Something was written in `tile`: memory that was folded as untouched no longer is. */
  touch(tile: number): void {
    if (isFolded(this.folded, tile)) this.stale = true;
  }

  isFolded(page: number): boolean {
    return isFolded(this.folded, Math.floor(page / PAGES_PER_TILE));
  }

  /** Makes bands and projection from what is known now. */
  update(): void {
    this.stale = false;
    const { frames, settings } = this.input;
    const known = [...frames.table.tiles].sort((a, b) => a - b);
    this.folded = settings.getState().fold ? untouchedRanges(frames.vmas, known) : [];
    this.bands = new BandLayout(frames.vmas, this.folded);
    if (!this.project()) this.changed();
  }

  /**
   * Selects the projection: the square of the cursor's VMA, or of the largest, or bands where there is none.
   * @returns whether it is another one than before
   */
  project(): boolean {
    const { frames, settings, selection } = this.input;
    let vma: Vma | null = null;
    if (settings.getState().layout === 'hilbert') {
      const { cursor } = selection.getState();
      const kept = this.hilbert && frames.vmaOf(this.hilbert.vma.start);
      vma = (cursor === null ? null : frames.vmaOf(cursor)) ?? kept ?? largest(frames.vmas);
    }
    if (vma && this.hilbert?.vma === vma) return false;
    this.hilbert = vma && new HilbertLayout(vma);
    this.projection = this.hilbert ?? bandProjection(this.bands);
    this.changed();
    return true;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

function largest(vmas: readonly Vma[]): Vma | null {
  let found: Vma | null = null;
  for (const vma of vmas) if (!found || vma.end - vma.start > found.end - found.start) found = vma;
  return found;
}
