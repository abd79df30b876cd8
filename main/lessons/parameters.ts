import { evaluate, plain, type Environment, type LessonFunction, type Value } from './expression.ts';
import type { ParameterFile } from './lesson-schema.ts';
import { inPlace } from './problem.ts';
import { Random } from '../simulated/workloads/random.ts';

/** Numbers that one parameter may pick. */
const MAX_PICK = 1000;

export type Parameters = Readonly<Record<string, Value>>;

/** Functions over plain values, known everywhere. */
export const PLAIN_FUNCTIONS: Readonly<Record<string, LessonFunction>> = {
  hex: (value) => `0x${wholeNumber(value).toString(16)}`,
  floor: (value) => Math.floor(asNumber(value)),
  min: (...values) => Math.min(...values.map(asNumber)),
  max: (...values) => Math.max(...values.map(asNumber)),
  sum: (list) => asList(list).reduce<number>((total, value) => total + asNumber(value), 0),
  contains: (list, wanted) => asList(list).includes(wanted),
  /** Byte addresses of `count` pages from `addr` on; `each` pages apart. */
  pages: (addr, count, each = 1) => {
    const pages = wholeNumber(count);
    if (pages < 0 || pages > 65_536) throw new Error('pages() lists 0 to 65536 pages');
    return Array.from({ length: pages }, (_, page) => wholeNumber(addr) + page * wholeNumber(each) * 4096);
  },
  /** Byte addresses of pages by their positions from `addr` on. */
  at: (addr, positions) => asList(positions).map((page) => wholeNumber(addr) + wholeNumber(page) * 4096),
};

/**
 * Draws the parameters of a lesson: later ones may use earlier ones. The same seed draws the same on every machine.
 *
 * @throws InspectorError that names file and parameter
 */
export function drawParameters(
  parameters: Readonly<Record<string, ParameterFile>>,
  seed: number,
  file: string,
): Parameters {
  const random = new Random(seed);
  const values: Record<string, Value> = {};
  const environment: Environment = { values, lazy: {}, functions: PLAIN_FUNCTIONS };
  const compute = (expression: string): Value => evaluate(expression, environment);
  for (const [name, parameter] of Object.entries(parameters)) {
    values[name] = inPlace(file, `parameters.${name}`, () => draw(parameter, random, compute));
  }
  return values;
}

function draw(parameter: ParameterFile, random: Random, compute: (expression: string) => Value): Value {
  if ('value' in parameter) return compute(parameter.value);
  if ('of' in parameter) return parameter.of[random.below(parameter.of.length)];
  const from = wholeNumber(compute(parameter.from));
  const to = wholeNumber(compute(parameter.to));
  if (to < from) throw new Error(`nothing lies between ${from} and ${to}`);
  if (parameter.pick === undefined) return from + random.below(to - from + 1);
  const count = wholeNumber(compute(parameter.pick));
  if (count < 0 || count > Math.min(to - from + 1, MAX_PICK)) {
    throw new Error(`cannot pick ${count} different numbers between ${from} and ${to}`);
  }
  const picked = new Set<number>();
  while (picked.size < count) picked.add(from + random.below(to - from + 1));
  return [...picked].sort((a, b) => a - b);
}

/** Replaces `{{expression}}` in a text by its value. */
export function fillIn(text: string, compute: (expression: string) => Value): string {
  return text.replaceAll(/\{\{(.+?)\}\}/g, (_, expression: string) => plain(compute(expression)));
}

export function asNumber(value: Value | undefined): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`expected a number, got ${value === undefined ? 'nothing' : plain(value)}`);
}

export function wholeNumber(value: Value | undefined): number {
  const number = asNumber(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Error(`expected a whole number, got ${number}`);
}

export function asList(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  throw new Error(`expected a list, got ${value === undefined ? 'nothing' : plain(value)}`);
}
