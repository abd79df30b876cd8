import type { MachineEvent } from './events.ts';

export type MachineListener = (event: MachineEvent) => void;

/** Where a machine tells what it does. While nobody listens `on` is false, and nothing is made to be told. */
export class Journal {
  /** Whether anyone listens: asked before an event is made. */
  on = false;
  private readonly listeners = new Set<MachineListener>();

  /** Calls `listener` for every event until the returned function is called. */
  listen(listener: MachineListener): () => void {
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
    action();
    this.on = this.listeners.size > 0;
  }

  emit(event: MachineEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
