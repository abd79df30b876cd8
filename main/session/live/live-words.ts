import { randomUUID } from 'node:crypto';
import { MAX_WORD_WATCHES, type Word, type WordsState } from '#shared/contract/words.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { TrackingSource, WordWriters } from '#shared/source/source.ts';
import { Ticker } from '../ticker.ts';

/** Polls per second: the values of a write are known only if no other write is between two polls. */
const POLL_HZ = 50;

/** Which code writes to single words of a live program, concurrently with its samples. */
export class LiveWords {
  private readonly source: Pick<TrackingSource, 'words'>;
  private readonly watches = new Map<string, { readonly word: Word; readonly writers: WordWriters }>();
  private readonly ticker = new Ticker(async () => this.poll());

  constructor(source: Pick<TrackingSource, 'words'>) {
    this.source = source;
  }

  /** Watches one more word. Throws InspectorError if that is not possible. */
  watch(word: Word): WordsState {
    const { words } = this.source;
    if (words === null)
      throw new InspectorError(
        'unsupported',
        'Single words of this program cannot be watched.',
        'Attach to a process.',
      );
    const isWatched = [...this.watches.values()].some(
      ({ word: { address, size } }) => address === word.address && size === word.size,
    );
    if (isWatched) return this.state();
    if (this.watches.size >= MAX_WORD_WATCHES)
      throw new InspectorError(
        'bad-request',
        `${MAX_WORD_WATCHES} words are watched, the maximum of a processor.`,
        'Stop watching one of them first.',
      );
    this.watches.set(randomUUID(), { word, writers: words.writers(word.address, word.size) });
    this.ticker.start(POLL_HZ);
    return this.state();
  }

  /** Stops watching a word; an unknown id is ignored. */
  stop(id: string): WordsState {
    this.watches.get(id)?.writers.close();
    this.watches.delete(id);
    if (this.watches.size === 0) this.ticker.stop();
    return this.state();
  }

  state(): WordsState {
    return {
      words: [...this.watches].map(([id, { word, writers }]) => ({ id, ...word, ...writers.found() })),
    };
  }

  close(): void {
    for (const id of [...this.watches.keys()]) this.stop(id);
  }

  private poll(): void {
    for (const { writers } of this.watches.values()) writers.poll();
  }
}
