import type { Parameter } from '#shared/contract/parameter.ts';
import type { Program } from './program.ts';
import type { Settings } from './settings.ts';

/**
 * A program that runs on the simulated machine. The constructor maps its memory; `step` is one turn of its main loop.
 * What a step does depends on the program's random numbers and the steps before it alone, and costs a bounded amount:
 * it touches at most some thousand pages.
 */
export interface Workload {
  step(): void;
}

/** A class of workloads, with what a user must know to choose one. */
export interface WorkloadClass {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** All names differ from those of the machine's parameters. */
  readonly parameters: readonly Parameter[];
  new (program: Program, settings: Settings): Workload;
}
