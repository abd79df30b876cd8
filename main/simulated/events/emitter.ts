import type { Focus, MachineEvent, MachineEvents } from '../mm/events.ts';

type MachineListener = (event: MachineEvent) => void;

interface ListenOptions {
  /** Pages whose accesses are reported one by one; null: all. */
  readonly focus: Focus | null;
  /** Pages of one access that are reported one by one, from its first on. */
  readonly maxTraced: number;
}

/** Delivers the events of a machine. Without a listener `active` is false, and no event is built. */
export class MachineEmitter implements MachineEvents {
  active = false;
  focus: Focus | null = null;
  maxTraced = Infinity;
  private readonly listeners = new Map<MachineListener, ListenOptions>();
  /** Gets every event after the listeners, and may emit others; does not count as one. */
  private readonly last: MachineListener;
  private readonly started: () => void;

  /** @param started called before the first listener is added to none */
  constructor(last: MachineListener, started: () => void) {
    this.last = last;
    this.started = started;
  }

  /**
   * Calls `listener` for every event until the returned function is called. Accesses to pages outside of the focus, and
   * those to more than `maxTraced` pages, are reported in bulk, as changes of entries.
   */
  listen(
    listener: MachineListener,
    { focus = null, maxTraced = Infinity }: Partial<ListenOptions> = {},
  ): () => void {
    if (!this.active) this.started();
    this.listeners.set(listener, { focus, maxTraced });
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
    for (const listener of this.listeners.keys()) listener(event);
    this.last(event);
  }

  private changed(): void {
    this.active = this.listeners.size > 0;
    const all = [...this.listeners.values()];
    this.focus = all.length === 1 ? all[0].focus : null;
    this.maxTraced = Math.max(0, ...all.map(({ maxTraced }) => maxTraced));
  }
}
