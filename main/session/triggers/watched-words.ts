import type { TriggerCondition } from '#shared/contract/trigger.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { TrackingSource, WordWatch } from '#shared/source/source.ts';

type Word = Extract<TriggerCondition, { kind: 'word' }>;

/** The words that triggers watch, each while its trigger is enabled. */
export class WatchedWords {
  private readonly source: Pick<TrackingSource, 'words'>;
  private readonly watches = new Map<string, WordWatch>();

  constructor(source: Pick<TrackingSource, 'words'>) {
    this.source = source;
  }

  /** Watches the word of trigger `id`. Throws InspectorError if that is not possible. */
  watch(id: string, { address, size }: Word): void {
    if (this.watches.has(id)) return;
    const { words } = this.source;
    if (words === null)
      throw new InspectorError(
        'unsupported',
        'Single words of this program cannot be watched.',
        'Use a range of pages, or attach to a process.',
      );
    this.watches.set(id, words.watch(address, size));
  }

  /** Writes since the last call; null if nothing is watched for it. */
  writes(id: string): number | null {
    return this.watches.get(id)?.take() ?? null;
  }

  /** Why the word of `id` is no longer watched; null while it is. */
  ended(id: string): string | null {
    return this.watches.get(id)?.ended() ?? null;
  }

  end(id: string): void {
    this.watches.get(id)?.close();
    this.watches.delete(id);
  }

  close(): void {
    for (const id of [...this.watches.keys()]) this.end(id);
  }
}
