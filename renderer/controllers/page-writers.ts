import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { PageWriters } from '../data/page-writers.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import type { ViewSettings } from '../stores/view-store.ts';
import type { WritersController } from './writers.ts';

interface PageWritersInput {
  readonly frames: FrameStore;
  readonly link: EngineLink;
  readonly view: StoreApi<ViewSettings>;
  readonly writers: WritersController;
}

/** Shortest time between two readings of all pages, in ms, and what share of the time they may take. */
const MIN_PERIOD_MS = 500;
const MAX_SHARE = 0.1;

/** Reads from the engine who wrote each page last while something shows it, and colours the map by it. */
export class PageWritersController {
  readonly data = new PageWriters();
  private readonly input: PageWritersInput;
  private reading = false;
  private next = 0;
  /** Counts the sources: replies of an earlier one are ignored. */
  private source = 0;
  /** Key of the last read: the same data are not read again. */
  private known = '';

  constructor(input: PageWritersInput) {
    this.input = input;
    const { view, frames } = input;
    this.data.groupBy(view.getState().writersBy);
    view.subscribe((now, before) => {
      if (now.writersBy !== before.writersBy) this.recolour(this.data.groupBy(now.writersBy));
      if (now.colouring !== before.colouring) {
        this.known = '';
        this.refresh();
      }
    });
    frames.listen({
      applied: () => undefined,
      reset: () => {
        this.known = '';
        this.source++;
        this.data.reset();
      },
    });
  }

  /** Whether the writers of all pages are read: the map, or a column, shows them. */
  get isShown(): boolean {
    return this.isOnMap || this.hasColumn;
  }

  /** Whether the column of the mappings shows it. */
  get hasColumn(): boolean {
    return this.input.view.getState().vmaColumns.includes('writer');
  }

  /** Colours only the pages of the legend's entry with this key; again, or with null: of all. */
  toggle(key: string | null): void {
    this.recolour(this.data.show(key === this.data.store.getState().filter ? null : key));
  }

  /** Reads again if that is due; called a few times a second. */
  refresh(): void {
    const { frames, writers } = this.input;
    const { startNs, endNs } = writers.span();
    const { writes } = writers.store.getState().state;
    const wanted = `${frames.sequence} ${startNs} ${endNs} ${writes}`;
    if (!this.isShown || frames.sequence < 0 || wanted === this.known) return;
    if (this.reading || performance.now() < this.next) return;
    this.known = wanted;
    void this.read();
  }

  /** Reads the writers of all pages now, even if nothing shows them. */
  async read(): Promise<void> {
    const { link, writers } = this.input;
    const began = performance.now();
    const { source } = this;
    this.reading = true;
    try {
      const reply = await link.call('writers.read', { range: null, time: writers.span(), owners: true });
      if (source === this.source) this.recolour(this.data.take(reply));
    } catch {
      // The source is closed, or another one.
      this.known = '';
    } finally {
      this.reading = false;
      const now = performance.now();
      this.next = now + Math.max(MIN_PERIOD_MS, (now - began) / MAX_SHARE);
    }
  }

  private get isOnMap(): boolean {
    return this.input.view.getState().colouring === 'writers';
  }

  private recolour(tiles: readonly number[]): void {
    if (this.isOnMap && tiles.length > 0) this.input.frames.recoloured(tiles);
  }
}
