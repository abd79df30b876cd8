import type { CommandReply, OpenSource } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { Machine } from '../machine.ts';
import { Program } from '../workloads/program.ts';
import { Random } from '../workloads/random.ts';
import { workloads } from '../workloads/registry.ts';
import { Settings } from '../workloads/settings.ts';
import { MACHINE_PARAMETERS, machineOptions } from './parameters.ts';
import { SimulatedSource } from './simulated-source.ts';

type Request = Omit<Extract<OpenSource, { kind: 'simulated' }>, 'kind'>;

/** Starts a workload on a machine of its own. Rejects with `bad-request` if a name or a value is invalid. */
export async function openSimulated(
  { workload: id, parameters, seed }: Request,
  clock?: () => number,
): Promise<SimulatedSource> {
  const type = workloads.find((candidate) => candidate.id === id);
  if (type === undefined) {
    const known = workloads.map((candidate) => candidate.id).join(', ');
    throw new InspectorError('bad-request', `Unknown workload "${id}".`, `Use one of: ${known}.`);
  }
  const all = Settings.of([...MACHINE_PARAMETERS, ...type.parameters], parameters);
  const machine = new Machine(machineOptions(all));
  const program = new Program(machine, new Random(seed));
  const workload = new type(program, all);
  return new SimulatedSource(
    program,
    workload,
    Settings.of(MACHINE_PARAMETERS, only(MACHINE_PARAMETERS, all)),
    {
      title: type.name,
      detail: `workload ${id}, seed ${seed}`,
    },
    clock,
  );
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
