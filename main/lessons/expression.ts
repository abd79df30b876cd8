import jsep from 'jsep';
import { InspectorError } from '#shared/contract/errors.ts';

/** What an expression computes with. Records are plain data; functions come from the environment alone. */
export type Value = number | string | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type LessonFunction = (...values: readonly Value[]) => Value;
export interface Environment {
  readonly values: Readonly<Record<string, Value>>;
  /** Read only if an expression names them: they may cost a walk through the model. */
  readonly lazy: Readonly<Record<string, () => Value>>;
  readonly functions: Readonly<Record<string, LessonFunction>>;
}

const MAX_LENGTH = 1000;
/** Steps of one evaluation; expressions have no loops, but nest. */
const MAX_NODES = 1000;

// Expressions write `and`, `or`, `not` as sentences do; the signs of C work as well.
jsep.addBinaryOp('and', 2);
jsep.addBinaryOp('or', 1);
jsep.addUnaryOp('not');
for (const sign of ['<<', '>>', '>>>', '|', '&', '^', '~', '=']) jsep.removeBinaryOp(sign);

/**
 * Computes `text`, an expression over `environment`: numbers, words in quotes, lists, `.field`, `[index]`, arithmetic,
 * comparison, `and`, `or`, `not`, `a ? b : c`, and calls of the environment's functions. Nothing else can be reached.
 *
 * @throws InspectorError `bad-request` with what is wrong; the caller adds file, step and field
 */
export function evaluate(text: string, environment: Environment): Value {
  if (text.length > MAX_LENGTH) throw wrong(`an expression has at most ${MAX_LENGTH} characters`);
  let parsed: jsep.Expression;
  try {
    parsed = jsep(text);
  } catch (cause) {
    throw wrong(`not an expression: ${(cause as Error).message}`);
  }
  return new Evaluation(environment).compute(parsed);
}

class Evaluation {
  private readonly environment: Environment;
  private nodes = 0;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  compute(expression: jsep.Expression): Value {
    if (++this.nodes > MAX_NODES) throw wrong('the expression is too long');
    const node = expression as jsep.CoreExpression;
    switch (node.type) {
      case 'Literal':
        return literal(node.value);
      case 'Identifier':
        return this.named(node.name);
      case 'ArrayExpression':
        return node.elements.map((element) => (element === null ? null : this.compute(element)));
      case 'ConditionalExpression':
        return this.compute(truth(this.compute(node.test)) ? node.consequent : node.alternate);
      case 'UnaryExpression':
        return unary(node.operator, this.compute(node.argument));
      case 'BinaryExpression':
        return this.binary(node);
      case 'MemberExpression':
        return this.member(node);
      case 'CallExpression':
        return this.call(node);
      default:
        throw wrong(`${node.type} cannot be used in an expression`);
    }
  }

  private named(name: string): Value {
    const { values, lazy } = this.environment;
    if (Object.hasOwn(values, name)) return values[name];
    if (Object.hasOwn(lazy, name)) return lazy[name]();
    throw wrong(
      `unknown name ${JSON.stringify(name)}; available: ${[...Object.keys(values), ...Object.keys(lazy)].join(', ')}`,
    );
  }

  private binary({ operator, left, right }: jsep.BinaryExpression): Value {
    if (operator === 'and' || operator === '&&') {
      return truth(this.compute(left)) && truth(this.compute(right));
    }
    if (operator === 'or' || operator === '||') {
      return truth(this.compute(left)) || truth(this.compute(right));
    }
    const a = this.compute(left);
    const b = this.compute(right);
    switch (operator) {
      case '==':
        return same(a, b);
      case '!=':
        return !same(a, b);
      case '+':
        return typeof a === 'string' || typeof b === 'string'
          ? `${plain(a)}${plain(b)}`
          : number(a) + number(b);
    }
    const compute = ARITHMETIC[operator];
    if (compute === undefined) throw wrong(`unknown operator ${operator}`);
    return compute(number(a), number(b));
  }

  private member({ object, property, computed }: jsep.MemberExpression): Value {
    const of = this.compute(object);
    const key = computed ? this.compute(property) : (property as jsep.Identifier).name;
    if (Array.isArray(of)) {
      if (key === 'length') return of.length;
      const item: Value | undefined = (of as readonly Value[])[number(key)];
      if (item === undefined) throw wrong(`the list has ${of.length} entries, not ${plain(key) + 1}`);
      return item;
    }
    if (typeof of === 'object' && of !== null && typeof key === 'string') {
      const record = of as Readonly<Record<string, Value>>;
      if (Object.hasOwn(record, key)) return record[key];
      throw wrong(`no field ${JSON.stringify(key)}; available: ${Object.keys(record).join(', ')}`);
    }
    throw wrong(`${plain(of)} has no field ${plain(key)}`);
  }

  private call({ callee, arguments: given }: jsep.CallExpression): Value {
    const { functions } = this.environment;
    const name = callee.type === 'Identifier' ? (callee as jsep.Identifier).name : '';
    if (!Object.hasOwn(functions, name)) {
      throw wrong(
        `unknown function ${JSON.stringify(name)}; available: ${Object.keys(functions).join(', ')}`,
      );
    }
    return functions[name](...given.map((argument) => this.compute(argument)));
  }
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => Value>> = {
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function literal(value: unknown): Value {
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) return value as Value;
  throw wrong('not a number, a word or true, false, null');
}

function unary(operator: string, value: Value): Value {
  switch (operator) {
    case '-':
      return -number(value);
    case '+':
      return number(value);
    case 'not':
    case '!':
      return !truth(value);
    default:
      throw wrong(`unknown operator ${operator}`);
  }
}

function number(value: Value): number {
  if (typeof value === 'number') return value;
  throw wrong(`expected a number, got ${plain(value)}`);
}

function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(`expected true or false, got ${plain(value)}`);
}

const same = (a: Value, b: Value): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** A value in a text. */
export function plain(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function wrong(message: string): InspectorError {
  return new InspectorError('bad-request', message, 'Correct the file and try again.');
}
