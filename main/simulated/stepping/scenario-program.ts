import { InspectorError } from '#shared/contract/errors.ts';
import { resultText, stepText } from '../../scenarios/step-text.ts';
import type { Scenario, StepResult } from '../../scenarios/steps.ts';
import { Machine } from '../machine.ts';
import { StepExecutor } from '../steps/execute-step.ts';
import type { ProgramCall, Recorder, SteppedProgram } from './program.ts';

/** A scenario for the step player: each step is a call. */
export class ScenarioProgram implements SteppedProgram {
  readonly title: string;
  readonly description: string;
  readonly machine: Machine;
  readonly regions = [];
  readonly totalCalls: number;
  private readonly scenario: Scenario;
  private readonly executor: StepExecutor;
  /** Results of the steps that ran, by index; a step that runs again has the same. */
  readonly results: StepResult[] = [];
  private at = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.title = scenario.title ?? scenario.name;
    this.description = scenario.description;
    this.totalCalls = scenario.steps.length;
    const { heap, ...options } = scenario.machine;
    this.machine = new Machine({ ...options, heap: Number(heap) });
    this.executor = new StepExecutor(this.machine, scenario.machine.arena);
  }

  next(record: Recorder): readonly ProgramCall[] | null {
    const origin = this.at;
    const entry = this.scenario.steps[origin];
    if (entry === undefined) return null;
    const { step } = entry;
    const process = this.executor.process.id;
    let result: StepResult | null = null;
    try {
      const events = record(() => (result = this.executor.execute(step)));
      this.at++;
      if (result === null) throw new Error('the step has no result');
      this.results[origin] = result;
      const processAfter = this.executor.process.id;
      const texts = { text: stepText(step), result: resultText(step, result) };
      return [{ op: step.op, ...texts, origin, events, process, processAfter }];
    } catch (cause) {
      const { kind, message, remedy } = InspectorError.from(cause);
      throw new InspectorError(kind, `steps[${origin}] (${step.op}): ${message}`, remedy, { cause });
    }
  }

  readonly rewind = (origin: number, process: number): void => {
    this.at = origin;
    this.executor.process = this.machine.processes[process];
  };
}
