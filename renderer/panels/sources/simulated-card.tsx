import { ChevronRight, Cpu } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { EngineLink } from '../../engine/engine-link.ts';
import { Checkbox, Select, TextField } from '../../ui/fields.tsx';
import { Message } from '../../ui/message.tsx';
import { ParameterFields } from '../../ui/parameter-fields.tsx';
import { Card } from './card.tsx';
import { useReply } from './use-reply.ts';

const askWorkloads = (link: EngineLink) => link.call('workloads.list', {});

const MAX_SEED = 0xffff_ffff;

export function SimulatedCard() {
  const { reply: list, failure } = useReply(askWorkloads);
  const [selected, setSelected] = useState<string | null>(null);
  const [values, setValues] = useState<Readonly<Record<string, ParameterValue>>>({});
  const [seed, setSeed] = useState('1');
  const [stepped, setStepped] = useState(false);

  const workload = list?.workloads.find(({ id }) => id === selected) ?? list?.workloads[0];
  const seedNumber = /^\d+$/.test(seed.trim()) ? Number(seed) : NaN;
  const seedIsGood = seedNumber <= MAX_SEED;
  const parameters = workload && list ? [...workload.parameters, ...list.machine] : [];
  const change = (name: string, value: ParameterValue): void =>
    setValues((old) => ({ ...old, [name]: value }));
  return (
    <Card
      area="simulated"
      title="Simulated program"
      icon={Cpu}
      text="A model of Linux memory management with the three operations built in; works on every system. Programs that write like games, garbage collectors, databases."
      action="Simulate"
      isReady={workload !== undefined && seedIsGood}
      source={() =>
        workload
          ? {
              kind: 'simulated',
              workload: workload.id,
              // Values of another workload may have been typed before.
              parameters: Object.fromEntries(
                Object.entries(values).filter(([name]) => parameters.some((one) => one.name === name)),
              ),
              seed: seedNumber,
              ...(stepped && { stepped: true as const }),
            }
          : null
      }
    >
      {failure && <Message message={failure.message} remedy={failure.remedy} />}
      {workload && list && (
        <>
          <Select
            label="Workload"
            value={workload.id}
            choices={list.workloads.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={setSelected}
          />
          <p className="faint card__note">{workload.description}</p>
          <Checkbox isSelected={stepped} onChange={setStepped}>
            Step by step: every page fault and system call, forward and back
          </Checkbox>
          <Disclosure className="disclosure">
            <AriaButton slot="trigger" className="disclosure__button">
              <ChevronRight className="icon disclosure__mark" aria-hidden />
              Parameters, machine, seed
            </AriaButton>
            <DisclosurePanel className="disclosure__panel">
              <div className="card__grid">
                <ParameterFields parameters={workload.parameters} values={values} onChange={change} />
                <ParameterFields parameters={list.machine} values={values} onChange={change} />
                <TextField
                  label="Seed"
                  value={seed}
                  onChange={setSeed}
                  {...(seedIsGood ? {} : { error: `0 … ${MAX_SEED}` })}
                />
              </div>
            </DisclosurePanel>
          </Disclosure>
        </>
      )}
    </Card>
  );
}
