import type { MachineEvent } from '../mm/events.ts';
import type { Machine } from '../machine.ts';
import type { Region } from '../workloads/region.ts';

/** A system call, or an access, that the program made. */
export interface ProgramCall {
  /** Name of the operation. */
  readonly op: string;
  readonly text: string;
  readonly result: string;
  /** Index in the scenario's steps; null if there is none. */
  readonly origin: number | null;
  readonly events: readonly MachineEvent[];
  /** The process that made it, and the one that runs after it. */
  readonly process: number;
  readonly processAfter: number;
}

/** Runs `action` and returns what the machine reports meanwhile. */
export type Recorder = (action: () => void) => MachineEvent[];

/** What a step player plays: calls on a simulated machine, one after another. Each runs once; the player undoes and repeats. */
export interface SteppedProgram {
  readonly title: string;
  readonly description: string;
  readonly machine: Machine;
  /** Names of the VMAs. */
  readonly regions: readonly Region[];
  /** Null: it has no end. */
  readonly totalCalls: number | null;
  /** Runs at least one more call; null at the end. Throws InspectorError if it fails. */
  next(record: Recorder): readonly ProgramCall[] | null;
  /**
   * Continues with the call `origin` in `process` at the next `next()`: the machine was put into the state before it.
   * Null if a program cannot go back.
   */
  readonly rewind: ((origin: number, process: number) => void) | null;
}
