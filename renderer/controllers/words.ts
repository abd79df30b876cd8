import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { WatchedWord, Word, WordsState } from '#shared/contract/words.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { ENGINE_GONE } from '../engine/client.ts';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { LatestOnly } from './latest-only.ts';

export interface WordsStore {
  readonly words: readonly WatchedWord[];
  /** Why the last change or reading failed. */
  readonly problem: InspectorErrorData | null;
}

const NOTHING: WordsStore = { words: [], problem: null };

interface WordsInput {
  readonly link: EngineLink;
  readonly frames: FrameStore;
  readonly session: StoreApi<SessionStore>;
}

/** The words of the open program that are watched, and which code writes to them. */
export class WordsController {
  readonly store: StoreApi<WordsStore> = createStore<WordsStore>(() => NOTHING);
  private readonly link: EngineLink;
  private readonly session: StoreApi<SessionStore>;
  private readonly reads = new LatestOnly<null>(() =>
    this.changed(() => this.link.call('words.state', {}), false),
  );

  constructor({ link, frames, session }: WordsInput) {
    this.link = link;
    this.session = session;
    frames.listen({ applied: () => undefined, reset: () => this.store.setState(NOTHING) });
  }

  /** Watching has ended; what was found stays. */
  engineDied(): void {
    this.store.setState(({ words }) => ({
      words: words.map((word) => ({ ...word, ended: word.ended ?? ENGINE_GONE })),
    }));
  }

  watch(word: Word): Promise<void> {
    return this.changed(() => this.link.call('words.watch', word), true);
  }

  stop(id: string): Promise<void> {
    return this.changed(() => this.link.call('words.stop', { id }), true);
  }

  /** Reads what was found since, where anything is watched. */
  refresh(): void {
    if (this.session.getState().host.status !== 'running') return;
    if (this.store.getState().words.length > 0) this.reads.request(null);
  }

  /** @param isAsked the user asked for it: an earlier problem is over */
  private async changed(task: () => Promise<WordsState>, isAsked: boolean): Promise<void> {
    try {
      const { words } = await task();
      this.store.setState({ words, ...(isAsked && { problem: null }) });
    } catch (cause) {
      this.store.setState({ problem: errorData(cause) });
    }
  }
}
