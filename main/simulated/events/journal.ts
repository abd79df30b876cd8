import type { MachineEvent } from './events.ts';

export type MachineListener = (event: MachineEvent) => void;

/** Where a machine tells what it does. While nobody listens `on` is false, and nothing is made to be told. */
export class Journal {
  /** Whether anyone listens: asked before an event is made. */
  on = false;
  private readonly listeners = new Set<MachineListener>();
  /** Sees every event before the listeners; does not count as one. */
  private readonly first: MachineListener;
  private readonly started: () => void;

  constructor(first: MachineListener, started: () => void) {
    this.first = first;
    this.started = started;
  }

  /** Calls `listener` for every event until the returned function is called. */
  listen(listener: MachineListener): () => void {
    if (!this.on) this.started();
    this.listeners.add(listener);
    this.on = true;
    return () => {
      this.listeners.delete(listener);
      this.on = this.listeners.size > 0;
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
    for (const listener of this.listeners) listener(event);
  }
}
