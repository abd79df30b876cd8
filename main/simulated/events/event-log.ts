import type { MachineEvent } from '../mm/events.ts';
import { undoEvents, type UndoTarget } from './undo.ts';

/**
 * Records the events of a machine by step, so that steps can be displayed and the last one undone.
 * Memory grows with every event; close() ends the recording.
 */
export class EventLog {
  private readonly machine: UndoTarget;
  private readonly steps: MachineEvent[][] = [];
  private readonly stop: () => void;

  constructor(machine: UndoTarget) {
    this.machine = machine;
    this.stop = machine.events.listen((event) => {
      if (this.steps.length === 0) this.steps.push([]);
      this.steps[this.steps.length - 1].push(event);
    });
  }

  /** Steps so far. */
  get count(): number {
    return this.steps.length;
  }

  /** Starts a new step. */
  begin(): void {
    this.steps.push([]);
  }

  /** The events of step `index`. */
  events(index: number): readonly MachineEvent[] {
    return this.steps[index] ?? [];
  }

  /** Undoes the last step; false if there is none. */
  undo(): boolean {
    const events = this.steps.pop();
    if (events === undefined) return false;
    undoEvents(this.machine, events);
    return true;
  }

  close(): void {
    this.stop();
  }
}
