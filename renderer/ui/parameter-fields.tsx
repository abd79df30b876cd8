import type { Parameter, ParameterValue } from '#shared/contract/parameter.ts';
import { Checkbox, NumberField, Select } from './fields.tsx';

interface ParameterFieldsProps {
  readonly parameters: readonly Parameter[];
  /** What is missing shows its default. */
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly onChange: (name: string, value: ParameterValue) => void;
}

/** A form drawn from its description: what the engine lists is what can be set. */
export function ParameterFields({ parameters, values, onChange }: ParameterFieldsProps) {
  return parameters.map((parameter) => {
    const { name, label } = parameter;
    const value = values[name] ?? parameter.default;
    switch (parameter.type) {
      case 'number':
        return (
          <NumberField
            key={name}
            label={label}
            value={Number(value)}
            min={parameter.min}
            max={parameter.max}
            step={parameter.step}
            unit={parameter.unit}
            onChange={(next) => {
              if (Number.isFinite(next)) onChange(name, next);
            }}
          />
        );
      case 'boolean':
        return (
          <div key={name} className="field field--check">
            <Checkbox isSelected={value === true} onChange={(next) => onChange(name, next)}>
              {label}
            </Checkbox>
          </div>
        );
      case 'choice':
        return (
          <Select
            key={name}
            label={label}
            value={String(value)}
            choices={parameter.choices}
            onChange={(next) => onChange(name, next)}
          />
        );
    }
  });
}
