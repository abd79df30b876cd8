import { lowerBound } from '#shared/memory/lower-bound.ts';
import { IntervalState, MAX_INTERVALS, type WriteHistoryReply } from '#shared/contract/write-history.ts';
import type { AppModel } from '../../model/app-model.ts';
import { LatestOnly } from '../../controllers/latest-only.ts';
import { msOf, nsOf, type TimeSpan } from '../../stores/time-store.ts';
import type { AddressAxis } from './address-axis.ts';
import type { AxisBuckets } from './axis-buckets.ts';

/** What is requested. */
export interface HistoryQuery {
  /** Time range in ms; null: everything. */
  readonly range: TimeSpan | null;
  readonly intervals: number;
  readonly axis: AddressAxis;
  readonly buckets: AxisBuckets;
}

/** One interval of the time, in ms. */
export interface IntervalFacts extends TimeSpan {
  readonly frames: number;
  readonly state: IntervalState;
  /** Different pages that were written in it, in all memory. */
  readonly written: number;
}

/** A reply, with the axis by which its pages were counted. */
export class HistoryRead {
  readonly query: HistoryQuery;
  readonly reply: WriteHistoryReply;

  constructor(query: HistoryQuery, reply: WriteHistoryReply) {
    this.query = query;
    this.reply = reply;
  }

  get available(): TimeSpan {
    const { startNs, endNs } = this.reply.available;
    return { start: msOf(startNs), end: msOf(endNs) };
  }

  /** Share of the intervals that are read, 0 … 1. */
  get progress(): number {
    const { states } = this.reply;
    if (states.length === 0) return 1;
    return states.filter((state) => state !== IntervalState.Unread).length / states.length;
  }

  interval(i: number): IntervalFacts {
    const { starts, ends, frames, states, written } = this.reply;
    return {
      start: msOf(starts[i] ?? 0),
      end: msOf(ends[i] ?? 0),
      frames: frames[i] ?? 0,
      state: (states[i] ?? IntervalState.Unread) as IntervalState,
      written: written[i] ?? 0,
    };
  }

  /** Number of the interval that `time` (ms) is in; -1 if nothing was sampled. */
  at(time: number): number {
    const { starts, ends } = this.reply;
    const ns = Math.round(time * 1e6);
    const index = lowerBound(0, ends.length, (i) => (ends[i] ?? 0) >= ns);
    return index < ends.length && ns >= (starts[index] ?? 0) ? index : -1;
  }

  /** Pages of a bucket that were written in interval `i`. */
  count(i: number, bucket: number): number {
    const { offsets, cells, counts } = this.reply;
    const end = offsets[i + 1] ?? 0;
    const at = lowerBound(offsets[i] ?? 0, end, (cell) => (cells[cell] ?? 0) >= bucket);
    return at < end && cells[at] === bucket ? (counts[at] ?? 0) : 0;
  }

  /** Pages of all buckets that were written in interval `i`. */
  total(i: number): number {
    const { offsets, counts } = this.reply;
    let total = 0;
    for (let at = offsets[i] ?? 0; at < (offsets[i + 1] ?? 0); at++) total += counts[at] ?? 0;
    return total;
  }
}

/** Requests from the engine what was written when and where, again until the reply is complete. */
export class WrittenHistory {
  read: HistoryRead | null = null;
  /** Why nothing could be read. */
  failure: string | null = null;
  private readonly model: Pick<AppModel, 'link' | 'session'>;
  private readonly changed: () => void;
  private readonly asks: LatestOnly<HistoryQuery>;
  private wanted: HistoryQuery | null = null;
  private generation = 0;

  /** @param changed called when there is more than before */
  constructor(model: Pick<AppModel, 'link' | 'session'>, changed: () => void) {
    this.model = model;
    this.changed = changed;
    this.asks = new LatestOnly((query) => this.ask(query));
  }

  /** Whether a reply is pending. */
  get isReading(): boolean {
    return this.asks.isBusy;
  }

  request(query: HistoryQuery): void {
    this.wanted = query;
    this.asks.request(query);
  }

  /** The result is of another source, or the view is closed. */
  forget(): void {
    this.generation++;
    this.wanted = null;
    this.read = null;
    this.asks.cancel();
  }

  private async ask(query: HistoryQuery): Promise<void> {
    const { generation } = this;
    const { range, intervals, buckets } = query;
    if (!this.model.session.getState().state?.source) return;
    try {
      const reply = await this.model.link.call('history.writes', {
        range: range && {
          startNs: nsOf(range.start),
          endNs: Math.max(nsOf(range.start) + 1, nsOf(range.end)),
        },
        intervals: Math.min(MAX_INTERVALS, Math.max(1, Math.floor(intervals))),
        buckets: buckets.pairs,
      });
      if (generation !== this.generation) return;
      this.read = new HistoryRead(query, reply);
      this.failure = null;
      if (!reply.complete && this.wanted === query) this.asks.request(query);
    } catch (cause) {
      if (generation !== this.generation) return;
      this.failure = cause instanceof Error ? cause.message : String(cause);
    }
    this.changed();
  }
}
