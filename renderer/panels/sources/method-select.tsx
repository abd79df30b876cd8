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
import type { TrackingOptions } from '#shared/source/backend.ts';
import { Checkbox } from '../../ui/fields.tsx';

interface MethodProps {
  /** Null until the engine has answered. */
  readonly report: ProbeReport | null;
  /** For a program that is launched from here, or one that runs already. */
  readonly launched: boolean;
  readonly how: TrackingOptions;
  readonly onChange: (how: TrackingOptions) => void;
}

interface Method {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly available: boolean;
}

/** The tracking method: the best one here, or one by name; those that cannot be used have the reason. */
export function MethodSelect({ report, launched, how, onChange }: MethodProps) {
  const methods = report ? methodsOf(report, launched) : [AUTOMATIC];
  const selected = how.backend ?? AUTOMATIC.id;
  return (
    <Select
      className="field method"
      isDisabled={!report}
      value={selected}
      disabledKeys={methods.filter(({ available }) => !available).map(({ id }) => id)}
      onChange={(key) => {
        const backend = report?.backends.find(({ id }) => id === key)?.id;
        onChange(backend === undefined ? {} : { backend });
      }}
    >
      <Label className="field__label">Tracking method</Label>
      <AriaButton className="select__button">
        <SelectValue className="ellipsis">{methods.find(({ id }) => id === selected)?.name}</SelectValue>
        <ChevronDown className="icon" aria-hidden />
      </AriaButton>
      <Popover className="popover" offset={4}>
        <ListBox className="menu" items={methods}>
          {({ id, name, note }) => (
            <ListBoxItem id={id} textValue={name} className="menu__item method__item">
              <Text slot="label">{name}</Text>
              <Text slot="description" className="method__note">
                {note}
              </Text>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** What can be set for the selected method. */
export function MethodOptions({ report, launched, how, onChange }: MethodProps) {
  if (!report) return null;
  const used = how.backend ?? (launched ? report.choice.launched : report.choice.running);
  const backend = how.backend ? { backend: how.backend } : {};
  if (used === 'soft-dirty') {
    return (
      <Checkbox isSelected={how.freeze === true} onChange={(freeze) => onChange({ ...backend, freeze })}>
        Stop the program during each sample, so that no write is lost
      </Checkbox>
    );
  }
  if (used !== 'write-protect' && used !== 'preload') return null;
  return (
    <Checkbox
      isSelected={how.exact === true}
      onChange={(exact) => onChange({ ...backend, ...(exact && { exact }) })}
    >
      Exact: every page in each sample. Pages that are written all the time then cost the program about 1 µs
      each, every sample.
    </Checkbox>
  );
}

const AUTOMATIC: Method = { id: 'automatic', name: 'Automatic', note: '', available: true };

function methodsOf({ backends, choice }: ProbeReport, launched: boolean): Method[] {
  const best = launched ? choice.launched : choice.running;
  return [
    { ...AUTOMATIC, name: best === null ? 'Automatic' : `Automatic: ${best}`, note: choice.reason },
    ...backends.map((backend) => {
      const barred = obstacle(backend, launched);
      return { id: backend.id, name: backend.id, note: barred ?? backend.reason, available: barred === null };
    }),
  ];
}

/** Why a method cannot be used; null if it can. */
function obstacle({ available, programs, reason, remedy }: ProbedBackend, launched: boolean): string | null {
  if (!available) return `${reason} ${remedy}`.trim();
  return programs === 'launched' && !launched ? 'Only for programs launched from here.' : null;
}
