import { ChevronDown } from 'lucide-react';
import {
  Button as AriaButton,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
} from 'react-aria-components';
import type { ProbedBackend, ProbeReport } from '#shared/contract/probe.ts';
import type { HowToWatch } from '#shared/source/backend.ts';
import { Checkbox } from '../../ui/fields.tsx';

interface WaySelectProps {
  /** Null until the engine has answered. */
  readonly report: ProbeReport | null;
  /** For a program that is launched from here, or one that runs already. */
  readonly launched: boolean;
  readonly how: HowToWatch;
  readonly onChange: (how: HowToWatch) => void;
}

interface Way {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly available: boolean;
}

/** How the program is watched: what is best here, or one of the ways; those that cannot be used say why. */
export function WaySelect({ report, launched, how, onChange }: WaySelectProps) {
  if (!report) return null;
  const ways = waysOf(report, launched);
  const used = how.backend ?? (launched ? report.choice.launched : report.choice.running);
  const offersFreeze = used === 'soft-dirty';
  const offersExact = used === 'write-protect' || used === 'preload';
  const backend = how.backend ? { backend: how.backend } : {};
  return (
    <>
      <Select
        className="field way"
        value={how.backend ?? 'automatic'}
        disabledKeys={ways.filter(({ available }) => !available).map(({ id }) => id)}
        onChange={(key) => {
          const backend = report.backends.find(({ id }) => id === key)?.id;
          onChange(backend === undefined ? {} : { backend });
        }}
      >
        <Label className="field__label">Way to watch</Label>
        <AriaButton className="select__button">
          <SelectValue className="ellipsis">
            {ways.find(({ id }) => id === (how.backend ?? 'automatic'))?.name}
          </SelectValue>
          <ChevronDown className="icon" aria-hidden />
        </AriaButton>
        <Popover className="popover" offset={4}>
          <ListBox className="menu" items={ways}>
            {({ id, name, note }) => (
              <ListBoxItem id={id} textValue={name} className="menu__item way__item">
                <Text slot="label">{name}</Text>
                <Text slot="description" className="way__note">
                  {note}
                </Text>
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </Select>
      {offersFreeze && (
        <div className="way__freeze">
          <Checkbox isSelected={how.freeze === true} onChange={(freeze) => onChange({ ...backend, freeze })}>
            Stop the program for the moment of each sample, so that no write is lost
          </Checkbox>
        </div>
      )}
      {offersExact && (
        <div className="way__freeze">
          <Checkbox
            isSelected={how.exact === true}
            onChange={(exact) => onChange({ ...backend, ...(exact && { exact }) })}
          >
            Exact: every page in each sample. Pages that are written all the time then cost the program about
            1 µs each, every sample.
          </Checkbox>
        </div>
      )}
    </>
  );
}

function waysOf({ backends, choice }: ProbeReport, launched: boolean): Way[] {
  const best = launched ? choice.launched : choice.running;
  return [
    {
      id: 'automatic',
      name: best === null ? 'Automatic' : `Automatic: ${best}`,
      note: choice.reason,
      available: true,
    },
    ...backends.map((backend) => {
      const barred = obstacle(backend, launched);
      return { id: backend.id, name: backend.id, note: barred ?? backend.reason, available: barred === null };
    }),
  ];
}

/** Why a way cannot be used; null where it can. */
function obstacle({ available, programs, reason, remedy }: ProbedBackend, launched: boolean): string | null {
  if (!available) return `${reason} ${remedy}`.trim();
  return programs === 'launched' && !launched ? 'Only for programs that are launched from here.' : null;
}
