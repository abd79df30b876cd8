import type { OpenSource } from '#shared/contract/commands.ts';
import { parseScenario } from '../../scenarios/validate.ts';
import { ActionLog } from '../source/action-log.ts';
import { startWorkload, workloadType } from '../source/open.ts';
import { ScenarioProgram } from './scenario-program.ts';
import { SteppedSource } from './stepped-source.ts';
import { WorkloadProgram } from './workload-program.ts';

/** A scenario for the step player. Rejects with `bad-request`, which names the step and the field, if it is not valid. */
export async function openScenario(
  request: Extract<OpenSource, { kind: 'scenario' }>,
): Promise<SteppedSource> {
  const { name, text } = request;
  const program = new ScenarioProgram(parseScenario(text, name));
  return new SteppedSource(program, `scenario ${name}`, new ActionLog(request));
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
    new ActionLog(request),
  );
}
