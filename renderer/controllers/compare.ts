import type { Comparison, ComparedRange } from '#shared/contract/recording.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import { LatestOnly } from './latest-only.ts';
import { nsOf, type TimeSpan, type TimeStore } from '../stores/time-store.ts';

/** One side of a comparison: a time (start = end) or a range. */
export interface ComparedSpan extends TimeSpan {
  /** Another recording; null: what is open. */
  readonly path: string | null;
}

export type CompareSide = 'a' | 'b';

export interface CompareStore {
  readonly a: ComparedSpan | null;
  readonly b: ComparedSpan | null;
  /** The last result; null while there is none. */
  readonly result: Comparison | null;
  readonly running: boolean;
  readonly failure: InspectorErrorData | null;
}

/** The whole of another recording: its end is not known here. */
export const WHOLE: TimeSpan = { start: 0, end: Infinity };

const NOTHING: CompareStore = { a: null, b: null, result: null, running: false, failure: null };

interface CompareInput {
  readonly link: EngineLink;
  readonly time: StoreApi<TimeStore>;
}

/** Two times compared: what was written in one, in the other, in both. */
export class Compare {
  readonly store: StoreApi<CompareStore> = createStore<CompareStore>(() => NOTHING);
  private readonly input: CompareInput;
  private readonly runs: LatestOnly<void>;

  constructor(input: CompareInput) {
    this.input = input;
    this.runs = new LatestOnly(() => this.run());
  }

  /** The selected range, else the position, else the latest time; null if there is none. */
  present(latest: number | null): ComparedSpan | null {
    const { range, cursor } = this.input.time.getState();
    if (range) return { path: null, ...range };
    const time = cursor ?? latest;
    return time === null ? null : { path: null, start: time, end: time };
  }

  /** Compares as soon as both sides are there. */
  select(side: CompareSide, span: ComparedSpan): void {
    this.store.setState({ [side]: span });
    this.refresh();
  }

  swap(): void {
    this.store.setState(({ a, b }) => ({ a: b, b: a }));
    this.refresh();
  }

  forget(): void {
    this.store.setState(NOTHING);
  }

  refresh(): void {
    const { a, b } = this.store.getState();
    if (a && b) this.runs.request();
  }

  private async run(): Promise<void> {
    const { a, b } = this.store.getState();
    if (!a || !b) return;
    this.store.setState({ running: true, failure: null });
    try {
      const result = await this.input.link.call('compare.ranges', { a: requestOf(a), b: requestOf(b) });
      // The sides changed meanwhile: the result is of the old ones.
      const now = this.store.getState();
      if (now.a === a && now.b === b) this.store.setState({ result });
    } catch (cause) {
      this.store.setState({ failure: errorData(cause), result: null });
    } finally {
      this.store.setState({ running: false });
    }
  }
}

function requestOf({ path, start, end }: ComparedSpan): ComparedRange {
  return { path, startNs: nsOf(start), endNs: end === Infinity ? Number.MAX_SAFE_INTEGER : nsOf(end) };
}
