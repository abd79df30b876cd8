import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { WritersRead, WritersReply, WritersState } from '#shared/contract/writers.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { ENGINE_GONE } from '../engine/client.ts';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { nsOf, type TimeStore } from '../stores/time-store.ts';
import { LatestOnly } from './latest-only.ts';

/** Without a selected interval, writers of this much time before the position are shown, in milliseconds. */
export const WRITERS_SPAN_MS = 60_000;

export interface WritersStore {
  readonly state: WritersState;
  /** What was found, and for which pages and time; null until it is read. */
  readonly shown: { readonly request: WritersRead; readonly reply: WritersReply } | null;
  /** Why watching or reading failed. */
  readonly problem: InspectorErrorData | null;
}

const NOTHING: WritersStore = {
  state: { watched: null, writes: 0, ended: null, limitation: null },
  shown: null,
  problem: null,
};

interface WritersInput {
  readonly link: EngineLink;
  readonly frames: FrameStore;
  readonly session: StoreApi<SessionStore>;
  readonly time: StoreApi<TimeStore>;
}

/** Which code writes to pages, as far as the engine, or the recording, knows it. */
export class WritersController {
  readonly store: StoreApi<WritersStore> = createStore<WritersStore>(() => NOTHING);
  private readonly input: WritersInput;
  private readonly reads: LatestOnly<PageRange | null>;

  constructor(input: WritersInput) {
    this.input = input;
    this.reads = new LatestOnly((range) => this.read(range));
    input.frames.listen({ applied: () => undefined, reset: () => this.store.setState(NOTHING) });
  }

  /** The engine reported another state. */
  adopt(state: WritersState): void {
    this.store.setState({ state });
  }

  /** Watching has ended; what was found stays. */
  engineDied(): void {
    this.store.setState(({ state }) => ({
      state: { ...state, watched: null, ended: state.watched === null ? state.ended : ENGINE_GONE },
    }));
  }

  /** Watches the pages of `range` from now on. */
  watch({ start, end }: PageRange, stacks: boolean): Promise<void> {
    return this.changed(() => this.input.link.call('writers.watch', { range: { start, end }, stacks }));
  }

  stop(): Promise<void> {
    return this.changed(() => this.input.link.call('writers.stop', {}));
  }

  /** Reads the writers of `range`, null: of all pages, at the time that is shown now. */
  refresh(range: PageRange | null): void {
    this.reads.request(range);
  }

  /** The selected interval of time, or the last minute before the position. */
  span(): WritersRead['time'] {
    const { range } = this.input.time.getState();
    const end = range?.end ?? this.input.frames.time;
    return { startNs: nsOf(range?.start ?? end - WRITERS_SPAN_MS), endNs: nsOf(end) };
  }

  private async read(range: PageRange | null): Promise<void> {
    const { session, link, frames } = this.input;
    const { state, host } = session.getState();
    if (!state?.source || host.status !== 'running' || frames.sequence < 0) return;
    const request: WritersRead = { range, time: this.span(), owners: false };
    try {
      const reply = await link.call('writers.read', request);
      this.store.setState({ shown: { request, reply } });
    } catch (cause) {
      this.store.setState({ problem: errorData(cause), shown: null });
    }
  }

  private async changed(task: () => Promise<WritersState>): Promise<void> {
    try {
      this.store.setState({ state: await task(), problem: null });
    } catch (cause) {
      this.store.setState({ problem: errorData(cause) });
    }
  }
}
