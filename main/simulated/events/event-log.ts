import type { MachineEvent } from '../mm/events.ts';
import { undoEvents, type UndoTarget } from './undo.ts';

/**
 * The events of a machine, kept step by step: a step can be told, drawn, and taken back, the last one first.
 * Memory grows with what happens; close() it when nobody looks any more.
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

  /** What follows belongs to a new step. */
  begin(): void {
    this.steps.push([]);
  }

  /** What step `index` did. */
  events(index: number): readonly MachineEvent[] {
    return this.steps[index] ?? [];
  }

  /** Takes back the last step; false where there is none. */
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
