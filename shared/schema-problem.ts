/**
 * What does not fit a schema, in plain English. The texts of zod itself ("Too small: expected number to be >=1") are replaced for
 * every schema, wherever this file is imported; a schema's own message has precedence.
 */
import { z } from 'zod';
import { plural } from './plural.ts';
import { clipped, shown } from './shown.ts';

type RawIssue = z.core.$ZodRawIssue;

z.config({ localeError: plainIssue });

/** Names that are listed. */
const MAX_NAMES = 20;

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  bigint: 'a whole number',
  int: 'a whole number',
  null: 'null',
  object: 'an object',
  record: 'an object',
  undefined: 'nothing',
};

/** The first thing that is wrong. */
export interface SchemaProblem {
  /** Such as `steps[2].ask.text`; empty: the whole value. */
  readonly field: string;
  /** A phrase: "is missing", "must be at least 1, got 0". */
  readonly message: string;
}

/** The first thing that is wrong; of alternatives, in the one that got furthest. */
export function firstProblem(error: z.ZodError): SchemaProblem {
  const [issue] = error.issues;
  return issue === undefined ? { field: '', message: 'is not valid' } : problemOf(issue, '');
}

/** `firstProblem` as "field: what". */
export function problemText(error: z.ZodError): string {
  const { field, message } = firstProblem(error);
  return field === '' ? message : `${field}: ${message}`;
}

function problemOf(issue: z.core.$ZodIssue, above: string): SchemaProblem {
  const field = `${above}${pathText(issue.path, above === '')}`;
  if (issue.code === 'invalid_union') {
    let deepest: z.core.$ZodIssue | null = null;
    for (const inner of issue.errors.flat())
      if (inner.path.length > (deepest?.path.length ?? 0)) deepest = inner;
    if (deepest !== null) return problemOf(deepest, field);
  }
  return { field, message: issue.message };
}

function pathText(path: readonly PropertyKey[], isFirst: boolean): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return clipped(isFirst ? text.replace(/^\./, '') : text);
}

function plainIssue(issue: RawIssue): string {
  const got = `, got ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `expected ${TYPES[issue.expected] ?? `a ${issue.expected}`}${got}`;
    case 'invalid_value':
      if (issue.input === undefined) return 'is missing';
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.slice(0, MAX_NAMES).map(name).join(', ')}${got}`;
    case 'too_small':
      return `${bound(issue.origin, issue.minimum, issue.inclusive === false ? 'more than' : 'at least')}${size(issue.input)}`;
    case 'too_big':
      return `${bound(issue.origin, issue.maximum, issue.inclusive === false ? 'less than' : 'at most')}${size(issue.input)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}${got}`;
    case 'invalid_format':
      return `has the wrong form${got}`;
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.slice(0, 5).map(shown).join(', ')}`;
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : `has none of the forms that are allowed${got}`;
    default:
      return `is not valid${got}`;
  }
}

const name = (value: unknown): string => (typeof value === 'string' ? value : String(value));

function bound(origin: string, limit: number | bigint, words: string): string {
  if (limit === 1 && words === 'at least' && COUNTED[origin] !== undefined) return 'must not be empty';
  const counted = COUNTED[origin];
  if (counted !== undefined) return `must have ${words} ${plural(Number(limit), ...counted)}`;
  return `must be ${words} ${limit}`;
}

const COUNTED: Readonly<Record<string, readonly [one: string, many: string]>> = {
  array: ['entry', 'entries'],
  file: ['byte', 'bytes'],
  map: ['entry', 'entries'],
  set: ['entry', 'entries'],
  string: ['character', 'characters'],
};

/** For a long text its length is shown, for a number its value. */
function size(input: unknown): string {
  if (input === '' || (Array.isArray(input) && input.length === 0)) return '';
  if (typeof input === 'string' || Array.isArray(input)) return `, has ${input.length}`;
  return `, got ${shown(input)}`;
}
