import type { CommandReply, OpenSource } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { Machine } from '../machine.ts';
import { Program } from '../workloads/program.ts';
import { Random } from '../workloads/random.ts';
import { workloads } from '../workloads/registry.ts';
import { Settings } from '../workloads/settings.ts';
import type { Workload, WorkloadClass } from '../workloads/workload.ts';
import { ActionLog } from './action-log.ts';
import { MACHINE_PARAMETERS, machineOptions } from './parameters.ts';
import { SimulatedSource } from './simulated-source.ts';

type Request = Omit<Extract<OpenSource, { kind: 'simulated' }>, 'kind' | 'stepped'>;

/** Starts a workload on a new machine. Rejects with `bad-request` if a name or a value is invalid. */
export async function openSimulated(request: Request, clock?: () => number): Promise<SimulatedSource> {
  const { workload, seed } = request;
  const { program, start, settings } = startWorkload(request);
  const title = workloadType(workload).name;
  const log = new ActionLog({ ...request, kind: 'simulated' });
  const what = { title, detail: `workload ${workload}, seed ${seed}`, log };
  return new SimulatedSource(program, start(), settings, what, clock);
}

/** The class of a workload; throws `bad-request` if there is none of this name. */
export function workloadType(id: string): WorkloadClass {
  const type = workloads.find((candidate) => candidate.id === id);
  if (type !== undefined) return type;
  const known = workloads.map((candidate) => candidate.id).join(', ');
  throw new InspectorError('bad-request', `Unknown workload "${id}".`, `Use one of: ${known}.`);
}

/** A machine with an empty program; `start` maps its memory. Throws `bad-request` if a name or a value is invalid. */
export function startWorkload({ workload, parameters, seed }: Request): {
  readonly program: Program;
  readonly settings: Settings;
  readonly start: () => Workload;
} {
  const type = workloadType(workload);
  const all = Settings.of([...MACHINE_PARAMETERS, ...type.parameters], parameters);
  const program = new Program(new Machine(machineOptions(all)), new Random(seed));
  const settings = Settings.of(MACHINE_PARAMETERS, only(MACHINE_PARAMETERS, all));
  return { program, settings, start: () => new type(program, all) };
}

/** What can be simulated: the reply of `workloads.list`. */
export function listWorkloads(): CommandReply<'workloads.list'> {
  return {
    workloads: workloads.map(({ id, name, description, parameters }) => ({
      id,
      name,
      description,
      parameters: [...parameters],
    })),
    machine: [...MACHINE_PARAMETERS],
  };
}

function only(parameters: readonly { readonly name: string }[], settings: Settings): Settings['values'] {
  return Object.fromEntries(parameters.map(({ name }) => [name, settings.values[name]]));
}
