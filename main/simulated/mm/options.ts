import { machineSchema, type MachineSettings } from '../../scenarios/machine.ts';

/** The settings of a simulated machine: those of a scenario, and a limit of processes. */
export interface MachineOptions extends Omit<MachineSettings, 'heap' | 'arena'> {
  /** Processes that may exist; a fork beyond it fails with EAGAIN. At most 255. */
  readonly maxProcesses: number;
  /** First byte of the heap (mm->start_brk), page aligned. */
  readonly heap: number;
}

const defaults = machineSchema.parse({});

export const DEFAULT_OPTIONS: MachineOptions = {
  ...defaults,
  memoryPages: Infinity,
  maxProcesses: 64,
  heap: Number(defaults.heap),
};
