import { InspectorError } from '#shared/contract/errors.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import { softDirty } from '../soft-dirty/soft-dirty.ts';
import type { Program } from '../workloads/program.ts';
import { checkValue, Settings } from '../workloads/settings.ts';
import type { Workload } from '../workloads/workload.ts';
import { operate } from './operations.ts';
import { LIVE_PARAMETERS, machineOptions, MACHINE_PARAMETERS } from './parameters.ts';
import { type PresentWalk, walkPage } from './walk.ts';

/** A workload on its machine, and what can be done to it; each action leads from one state to exactly one other. */
export class SimulatedRun {
  readonly program: Program;
  private readonly workload: Workload;
  private machine: Settings;

  constructor(program: Program, workload: Workload, machine: Settings) {
    this.program = program;
    this.workload = workload;
    this.machine = machine;
  }

  get settings(): Settings {
    return this.machine;
  }

  /** Throws `program-ended` if the program ends in it. */
  step(): void {
    this.workload.step();
  }

  /** Clears everything, as a sample of mode interval does: as documented even in mode posted, without its defects. */
  clear(): void {
    const { mm } = this.program.process;
    softDirty(mm, { op: 'CLEAR', page: 0, pages: mm.memory.taskPages, vecLen: 0 });
  }

  operate(request: OperationRequest): OperationResult {
    return operate(this.program.process.mm, request);
  }

  /** clear_refs "4". */
  clearRefs(): void {
    this.program.process.clearRefs(4);
  }

  /** Throws `bad-request` if name or value does not fit; nothing has changed then. */
  set(name: string, value: ParameterValue): void {
    const parameter = LIVE_PARAMETERS.find((candidate) => candidate.name === name);
    if (!parameter)
      throw new InspectorError('bad-request', `"${name}" cannot be changed while the program runs.`);
    checkValue(parameter, value);
    this.machine = Settings.of(MACHINE_PARAMETERS, { ...this.machine.values, [name]: value });
    this.program.machine.configure(machineOptions(this.machine));
  }

  walk(page: number): PresentWalk {
    const { memory } = this.program.machine;
    if (page >= memory.taskPages)
      throw new InspectorError('bad-request', 'The page is beyond the user address space.');
    return walkPage(this.program.process.mm, page);
  }
}
