import { IntervalState } from '#shared/contract/write-history.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineLink } from '../engine/engine-link.ts';
import type { FrameStore } from '../data/frame-store.ts';
import { LatestOnly } from './latest-only.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { msOf, nsOf } from '../stores/time-store.ts';

/** Whether one sample found the page written. */
export interface PageSample {
  /** ms. */
  readonly time: number;
  readonly written: boolean;
}

export interface PageWrites {
  readonly page: number | null;
  /** The last samples up to the time that is shown, ascending. */
  readonly samples: readonly PageSample[];
}

interface PageHistoryInput {
  readonly frames: FrameStore;
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
}

/** Samples that are reported. */
export const PAGE_SAMPLES = 128;
/** Enough for each sample to have its own interval. */
const INTERVALS = 2048;
/** Samples can come late. */
const SPARE = 1.5;

/** When a page was written in the last samples before the time that is shown, live or in a recording. */
export class PageHistory {
  readonly store: StoreApi<PageWrites> = createStore<PageWrites>(() => ({ page: null, samples: [] }));
  private readonly input: PageHistoryInput;
  private readonly asks: LatestOnly<number>;

  constructor(input: PageHistoryInput) {
    this.input = input;
    this.asks = new LatestOnly((page) => this.ask(page));
  }

  /** Reads the history of `page` for the time that is shown now. */
  refresh(page: number): void {
    if (page !== this.store.getState().page) this.store.setState({ page, samples: [] });
    this.asks.request(page);
  }

  private async ask(page: number): Promise<void> {
    const { frames, session, link } = this.input;
    const { state } = session.getState();
    if (!state?.source || frames.sequence < 0) return;
    const end = frames.time;
    const start = Math.max(0, end - (PAGE_SAMPLES * SPARE * 1000) / state.hz);
    const reply = await link
      .call('history.writes', {
        range: { startNs: nsOf(start), endNs: Math.max(nsOf(start) + 1, nsOf(end)) },
        intervals: INTERVALS,
        buckets: Float64Array.of(page, page + 1),
      })
      // The source is closed, or another one.
      .catch(() => null);
    if (reply === null || this.store.getState().page !== page) return;
    const samples: PageSample[] = [];
    reply.ends.forEach((ns, i) => {
      const isRead = reply.states[i] === IntervalState.Read;
      const written = (reply.offsets[i + 1] ?? 0) > (reply.offsets[i] ?? 0);
      // Times are rounded when they are converted to ms.
      if (isRead && msOf(ns) <= end + 1e-3) samples.push({ time: msOf(ns), written });
    });
    this.store.setState({ samples: samples.slice(-PAGE_SAMPLES) });
  }
}
