import type { OpenSource } from '#shared/contract/commands.ts';
import { parseScenario } from '../../scenarios/validate.ts';
import { startWorkload, workloadType } from '../source/open.ts';
import { ScenarioProgram } from './scenario-program.ts';
import { SteppedSource } from './stepped-source.ts';
import { WorkloadProgram } from './workload-program.ts';

/** A scenario for the step player. Rejects with `bad-request`, which names the step and the field, where it is not valid. */
export async function openScenario({
  name,
  text,
}: Extract<OpenSource, { kind: 'scenario' }>): Promise<SteppedSource> {
  return new SteppedSource(new ScenarioProgram(parseScenario(text, name)), `scenario ${name}`);
}

/** A workload for the step player: its first turn maps its memory. */
export async function openSteppedWorkload(
  request: Extract<OpenSource, { kind: 'simulated' }>,
): Promise<SteppedSource> {
  const { name, description } = workloadType(request.workload);
  const { program, start } = startWorkload(request);
  const { workload, seed } = request;
  return new SteppedSource(
    new WorkloadProgram(program, start, { title: name, description }),
    `workload ${workload}, seed ${seed}`,
  );
}
