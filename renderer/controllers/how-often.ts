import type { StoreApi } from 'zustand/vanilla';
import type { WriteCountsReply } from '#shared/contract/write-counts.ts';
import { unpackCount, type WriteCount } from '#shared/memory/write-counts.ts';
import { createStore } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { HowOften } from '../data/how-often.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import { COUNT_COLUMNS, type ViewSettings } from '../stores/view-store.ts';
import { LatestOnly } from './latest-only.ts';

interface HowOftenInput {
  readonly frames: FrameStore;
  readonly link: EngineLink;
  readonly view: StoreApi<ViewSettings>;
}

/** How often one page was written; null: in none of the intervals, which are 0 if it is not known. */
export interface PageCountState {
  readonly page: number | null;
  readonly intervals: number;
  readonly count: WriteCount | null;
}

/** Shortest time between two readings of all pages, in ms, and what share of the time they may take. */
const MIN_PERIOD_MS = 500;
const MAX_SHARE = 0.1;

/** Reads from the engine how often pages were written while something shows it, and colours the map by it. */
export class HowOftenController {
  readonly data = new HowOften();
  /** Counts of the inspected page. */
  readonly page: StoreApi<PageCountState> = createStore<PageCountState>(() => ({
    ...{ page: null, intervals: 0, count: null },
  }));
  private readonly input: HowOftenInput;
  private readonly pageAsks: LatestOnly<number>;
  private reading = false;
  private next = 0;
  /** Key of the last read: the same data are not read again. */
  private known = '';

  constructor(input: HowOftenInput) {
    this.input = input;
    this.pageAsks = new LatestOnly((page) => this.askPage(page));
    input.view.subscribe((now, before) => {
      if (now.colouring !== before.colouring) {
        this.known = '';
        this.refresh();
      }
      if (now.intervals !== before.intervals || now.countedUnit !== before.countedUnit) {
        this.next = 0;
        this.refresh();
      }
    });
  }

  /** Whether all pages are counted: the map, or a column, shows it. */
  get isShown(): boolean {
    return this.input.view.getState().colouring === 'often' || this.hasColumns;
  }

  /** Whether a column of the mappings shows it. */
  get hasColumns(): boolean {
    const { vmaColumns } = this.input.view.getState();
    return COUNT_COLUMNS.some((column) => vmaColumns.includes(column));
  }

  /** Reads again if that is due; called a few times a second. */
  refresh(): void {
    const { frames, view } = this.input;
    const { intervals, countedUnit } = view.getState();
    const wanted = `${frames.sequence} ${frames.time} ${intervals} ${countedUnit}`;
    if (!this.isShown || frames.sequence < 0 || wanted === this.known) return;
    if (this.reading || performance.now() < this.next) return;
    this.known = wanted;
    void this.read();
  }

  /** Reads how often `page` was written up to the time that is shown. */
  refreshPage(page: number): void {
    this.pageAsks.request(page);
  }

  /** Reads all pages now, even if nothing shows it. */
  async read(): Promise<void> {
    const { frames, link, view } = this.input;
    const { intervals, countedUnit: unit } = view.getState();
    const end = frames.vmas.at(-1)?.end ?? 0;
    const began = performance.now();
    const replies: WriteCountsReply[] = [];
    this.reading = true;
    try {
      for (let start: number | null = frames.vmas[0]?.start ?? 0; start !== null && start < end;) {
        const reply: WriteCountsReply = await link.call('history.counts', { unit, intervals, start, end });
        replies.push(reply);
        start = reply.next;
      }
      const changed = this.data.take(replies);
      if (view.getState().colouring === 'often') frames.recoloured(changed);
    } catch {
      // The source is closed, or another one.
      this.known = '';
    } finally {
      this.reading = false;
      const now = performance.now();
      this.next = now + Math.max(MIN_PERIOD_MS, (now - began) / MAX_SHARE);
    }
  }

  private async askPage(page: number): Promise<void> {
    const { frames, link, view } = this.input;
    if (frames.sequence < 0) return;
    const { intervals, countedUnit: unit } = view.getState();
    const reply = await link
      .call('history.counts', { unit, intervals, start: page, end: page + 1 })
      .catch(() => null);
    if (reply === null) return;
    const packed = reply.values.reduce((most, value) => Math.max(most, value), 0);
    this.page.setState({ page, intervals: reply.intervals, count: unpackCount(packed) });
  }
}
