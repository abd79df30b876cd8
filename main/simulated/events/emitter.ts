import type { MachineEvent } from './events.ts';

export type MachineListener = (event: MachineEvent) => void;

/** Pages of one process. */
export interface Focus {
  readonly process: number;
  readonly start: number;
  readonly end: number;
}

/** Where a machine tells what it does. While nobody listens `on` is false, and nothing is made to be told. */
export class Journal {
  /** Whether anyone listens: asked before an event is made. */
  on = false;
  /** Where accesses are told one by one, page by page, which takes its time; null: everywhere. */
  focus: Focus | null = null;
  private readonly listeners = new Map<MachineListener, Focus | null>();
  /** Sees every event before the listeners; does not count as one. */
  private readonly first: MachineListener;
  private readonly started: () => void;

  constructor(first: MachineListener, started: () => void) {
    this.first = first;
    this.started = started;
  }

  /**
   * Calls `listener` for every event until the returned function is called. With a focus accesses of other pages are
   * told in bulk, as changes of entries.
   */
  listen(listener: MachineListener, focus: Focus | null = null): () => void {
    if (!this.on) this.started();
    this.listeners.set(listener, focus);
    this.changed();
    return () => {
      this.listeners.delete(listener);
      this.changed();
    };
  }

  /** Does `action` without telling: for undo. */
  silently(action: () => void): void {
    this.on = false;
    try {
      action();
    } finally {
      this.on = this.listeners.size > 0;
    }
  }

  emit(event: MachineEvent): void {
    this.first(event);
    for (const listener of this.listeners.keys()) listener(event);
  }

  private changed(): void {
    this.on = this.listeners.size > 0;
    const [first] = this.listeners.values();
    this.focus = this.listeners.size === 1 ? (first ?? null) : null;
  }
}
