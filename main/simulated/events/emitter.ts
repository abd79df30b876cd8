import type { Focus, MachineEvent, MachineEvents } from '../mm/events.ts';

type MachineListener = (event: MachineEvent) => void;

/** Delivers the events of a machine. Without a listener `active` is false, and no event is built. */
export class MachineEmitter implements MachineEvents {
  active = false;
  focus: Focus | null = null;
  private readonly listeners = new Map<MachineListener, Focus | null>();
  /** Gets every event before the listeners; does not count as one. */
  private readonly first: MachineListener;
  private readonly started: () => void;

  /** @param started called before the first listener is added to none */
  constructor(first: MachineListener, started: () => void) {
    this.first = first;
    this.started = started;
  }

  /**
   * Calls `listener` for every event until the returned function is called. With a focus, accesses to other pages are
   * reported in bulk, as changes of entries.
   */
  listen(listener: MachineListener, focus: Focus | null = null): () => void {
    if (!this.active) this.started();
    this.listeners.set(listener, focus);
    this.changed();
    return () => {
      this.listeners.delete(listener);
      this.changed();
    };
  }

  /** Runs `action` without events: for undo. */
  suspend(action: () => void): void {
    this.active = false;
    try {
      action();
    } finally {
      this.active = this.listeners.size > 0;
    }
  }

  emit(event: MachineEvent): void {
    this.first(event);
    for (const listener of this.listeners.keys()) listener(event);
  }

  private changed(): void {
    this.active = this.listeners.size > 0;
    const [first] = this.listeners.values();
    this.focus = this.listeners.size === 1 ? (first ?? null) : null;
  }
}
