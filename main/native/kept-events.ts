import type { SourceEvent } from '#shared/source/source.ts';

/** Maximum number of characters of output that are kept for a listener that is added later. */
const MAX_KEPT_CHARACTERS = 64 * 1024;

/** Passes events on; keeps them until there is a listener. */
export class KeptEvents {
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  private kept: SourceEvent[] = [];
  private characters = 0;
  private arrived: () => void = () => undefined;

  /** Resolves at the first event, or after `timeoutMs`. */
  first(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.arrived = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.kept.length > 0) this.arrived();
    });
  }

  get hasListener(): boolean {
    return this.listeners.size > 0;
  }

  emit(event: SourceEvent): void {
    this.arrived();
    if (this.hasListener) {
      for (const listener of this.listeners) listener(event);
      return;
    }
    if (event.type === 'output') this.characters += event.text.length;
    if (this.characters <= MAX_KEPT_CHARACTERS || event.type !== 'output') this.kept.push(event);
  }

  listen(listener: (event: SourceEvent) => void): () => void {
    this.listeners.add(listener);
    const { kept } = this;
    this.kept = [];
    for (const event of kept) listener(event);
    return () => this.listeners.delete(listener);
  }

  /** The last line that was kept. */
  tail(): string {
    const text = this.kept.map((event) => (event.type === 'output' ? event.text : '')).join('');
    return text.trimEnd().split('\n').at(-1) ?? '';
  }
}
