import { InspectorError } from '#shared/contract/errors.ts';
import type { Parameter, ParameterValue } from '#shared/contract/parameter.ts';

/** Values of parameters, one for each, checked. */
export class Settings {
  readonly values: Readonly<Record<string, ParameterValue>>;

  private constructor(values: Record<string, ParameterValue>) {
    this.values = values;
  }

  /**
   * Missing values take their default. Throws `bad-request` for an invalid value and for an unknown name.
   */
  static of(parameters: readonly Parameter[], given: Readonly<Record<string, ParameterValue>>): Settings {
    for (const name of Object.keys(given)) {
      if (!parameters.some((parameter) => parameter.name === name)) {
        const known = parameters.map((parameter) => parameter.name).join(', ');
        throw new InspectorError('bad-request', `Unknown parameter "${name}".`, `Use one of: ${known}.`);
      }
    }
    const values: Record<string, ParameterValue> = {};
    for (const parameter of parameters) {
      const value = given[parameter.name] ?? parameter.default;
      checkValue(parameter, value);
      values[parameter.name] = value;
    }
    return new Settings(values);
  }

  number(name: string): number {
    return Number(this.values[name]);
  }

  boolean(name: string): boolean {
    return this.values[name] === true;
  }

  text(name: string): string {
    return String(this.values[name]);
  }
}

/** Throws `bad-request` if `value` is invalid. */
export function checkValue(parameter: Parameter, value: ParameterValue): void {
  const wrong = (wanted: string): InspectorError =>
    new InspectorError('bad-request', `${parameter.label}: ${JSON.stringify(value)} is not ${wanted}.`);
  switch (parameter.type) {
    case 'number':
      if (typeof value !== 'number' || !(value >= parameter.min && value <= parameter.max)) {
        throw wrong(`a number from ${parameter.min} to ${parameter.max}`);
      }
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong('true or false');
      return;
    case 'choice':
      if (!parameter.choices.some((choice) => choice.value === value)) {
        throw wrong(`one of ${parameter.choices.map((choice) => choice.value).join(', ')}`);
      }
  }
}

type NumberParameter = Extract<Parameter, { type: 'number' }>;

/** A whole number in a form. */
export function wholeNumber(
  name: string,
  label: string,
  unit: string,
  range: { min: number; max: number; default: number; step?: number },
): NumberParameter {
  return { type: 'number', name, label, unit, step: 1, ...range };
}
