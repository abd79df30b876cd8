/** The scenario format after validation: scenarios, their steps, and what runs them. */
import type { MachineSettings } from './machine.ts';
import type { StepResult } from './results.ts';
import type { Step } from './step-schemas.ts';

export { DEFAULT_MACHINE, type MachineSettings } from './machine.ts';
export type * from './results.ts';
export type { Op, Step, StepOf } from './step-schemas.ts';
export * from './vocabulary.ts';

/** Texts for a reader; ignored by the engine. */
interface Annotations {
  readonly title?: string;
  readonly text?: string;
  readonly ask?: string;
}

export interface Scenario extends Annotations {
  readonly name: string;
  readonly description: string;
  readonly machine: MachineSettings;
  /** GET results list `vec` in addition to `vecRuns`. */
  readonly fullVec: boolean;
  readonly steps: readonly ScenarioStep[];
}

/** A step as the file has it: what to do, texts, and the recorded result (ignored by `run`). */
export interface ScenarioStep extends Annotations {
  readonly step: Step;
  readonly result?: unknown;
}

/**
 * Runs a scenario's steps: the simulated engine, the reference model, or a real process. Results have every field but
 * `vec`, which the interpreter derives from `vecRuns`.
 */
export interface Executor {
  execute(step: Step): StepResult;
}

/** Address of file offset 0, unless a mmap gives an offset. */
export const FILE_BASE = 0x100000000n;
