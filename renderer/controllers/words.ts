import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { WatchedWord, Word, WordsState } from '#shared/contract/words.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import { LatestOnly } from './latest-only.ts';

export interface WordsStore {
  readonly words: readonly WatchedWord[];
  /** Why the last change or reading failed. */
  readonly problem: InspectorErrorData | null;
}

const NOTHING: WordsStore = { words: [], problem: null };

/** The words of the open program that are watched, and which code writes to them. */
export class WordsController {
  readonly store: StoreApi<WordsStore> = createStore<WordsStore>(() => NOTHING);
  private readonly link: EngineLink;
  private readonly reads = new LatestOnly<null>(() =>
    this.changed(() => this.link.call('words.state', {}), false),
  );

  constructor({ link, frames }: { readonly link: EngineLink; readonly frames: FrameStore }) {
    this.link = link;
    frames.listen({ applied: () => undefined, reset: () => this.store.setState(NOTHING) });
  }

  watch(word: Word): Promise<void> {
    return this.changed(() => this.link.call('words.watch', word), true);
  }

  stop(id: string): Promise<void> {
    return this.changed(() => this.link.call('words.stop', { id }), true);
  }

  /** Reads what was found since, where anything is watched. */
  refresh(): void {
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
