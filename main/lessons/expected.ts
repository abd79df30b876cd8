import type { EntryFlag, GivenAnswer } from '#shared/contract/lesson.ts';
import { formatPage, PAGE_SIZE } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { entryFlags, environmentOf, type PlayedStep } from './environment.ts';
import { evaluate, plain, type Value } from './expression.ts';
import type { QuestionFile } from './lesson-schema.ts';
import { asList, asNumber, fillIn, PLAIN_FUNCTIONS, wholeNumber, type Parameters } from './parameters.ts';

/** The right answer to a question, as the model computed it. */
export type Expected =
  | { readonly kind: 'pages'; /** Ascending. */ readonly pages: readonly number[] }
  | { readonly kind: 'vma'; readonly start: number; readonly end: number }
  | { readonly kind: 'number'; readonly value: number; readonly unit: string }
  | {
      readonly kind: 'choice';
      readonly picked: readonly number[];
      readonly whys: readonly string[];
      readonly texts: readonly string[];
    }
  | { readonly kind: 'flags'; readonly page: number; readonly flags: readonly EntryFlag[] };

export interface Solution {
  readonly expected: Expected;
  /** The author's explanation, filled in with the results; may be empty. */
  readonly why: string;
}

/**
 * Computes the answer to `question` at a step. Throws an Error whose message begins with the field: `answer: …`.
 */
export function solve(question: QuestionFile, played: PlayedStep, parameters: Parameters): Solution {
  const environment = environmentOf(played, parameters);
  const compute = (expression: string): Value => evaluate(expression, environment);
  const fill = (text: string, field: string): string => inField(field, () => fillIn(text, compute));
  return { expected: expectedOf(question, played, compute, fill), why: fill(question.why, 'why') };
}

type Compute = (expression: string) => Value;

function expectedOf(
  question: QuestionFile,
  played: PlayedStep,
  compute: Compute,
  fill: (text: string, field: string) => string,
): Expected {
  const asked = question.when === 'before' ? played.before : played.after;
  switch (question.kind) {
    case 'pages':
      return inField('answer', () => {
        const pages = asList(compute(question.answer)).map(pageOf);
        return { kind: 'pages', pages: [...new Set(pages)].sort((a, b) => a - b) };
      });
    case 'vma':
      return inField('answer', () => {
        const page = pageOf(compute(question.answer));
        const vma = asked.vmas.lookup(page);
        if (vma === null) throw new Error(`nothing is mapped at ${formatPage(page)} when it is asked`);
        return { kind: 'vma', start: vma.start, end: vma.end };
      });
    case 'number':
      return inField('answer', () => ({
        kind: 'number',
        value: asNumber(compute(question.answer)),
        unit: question.unit,
      }));
    case 'choice': {
      const right = question.choices.map(({ correct }, index) =>
        inField(`choices[${index}].correct`, () => truth(compute(correct))),
      );
      const picked = right.flatMap((is, index) => (is ? [index] : []));
      if (!question.many && picked.length !== 1) {
        throw new Error(
          `choices: exactly one must be right, and ${picked.length} are (several: "many": true)`,
        );
      }
      const whys = question.choices.map(({ why }, index) => fill(why, `choices[${index}].why`));
      return { kind: 'choice', picked, whys, texts: question.choices.map(({ text }) => text) };
    }
    case 'flags':
      // The entry after the step, whether the question is asked before or after it.
      return inField('addr', () => {
        const page = pageOf(compute(question.addr));
        return { kind: 'flags', page, flags: entryFlags(played.after, page) };
      });
  }
}

/** The page of a question of flags if parameters alone decide it; null if the step has to run for that. */
export function pageOfParameters(addr: string, parameters: Parameters): number | null {
  try {
    return pageOf(evaluate(addr, { values: parameters, lazy: {}, functions: PLAIN_FUNCTIONS }));
  } catch {
    return null;
  }
}

const pageOf = (value: Value): number => Math.floor(wholeNumber(value) / PAGE_SIZE);

function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`expected true or false, got ${plain(value)}`);
}

function inField<T>(field: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new Error(`${field}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Whether `given` is right. An answer of another kind is not. */
export function isRight(expected: Expected, given: GivenAnswer): boolean {
  switch (expected.kind) {
    case 'pages':
      return given.kind === 'pages' && sameSet(expected.pages, given.pages);
    case 'vma':
      return given.kind === 'vma' && given.page >= expected.start && given.page < expected.end;
    case 'number':
      return given.kind === 'number' && Math.abs(given.value - expected.value) < 1e-9;
    case 'choice':
      return given.kind === 'choice' && sameSet(expected.picked, given.picked);
    case 'flags':
      return given.kind === 'flags' && sameSet(expected.flags, given.flags);
  }
}

function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}

/** The right answer, as a student would give it. */
export function rightAnswer(expected: Expected): GivenAnswer {
  switch (expected.kind) {
    case 'pages':
      return { kind: 'pages', pages: [...expected.pages] };
    case 'vma':
      return { kind: 'vma', page: expected.start };
    case 'number':
      return { kind: 'number', value: expected.value };
    case 'choice':
      return { kind: 'choice', picked: [...expected.picked] };
    case 'flags':
      return { kind: 'flags', flags: [...expected.flags] };
  }
}

/** Ranges that a list of pages is written with at most. */
const MAX_RANGES = 12;

/** The right answer in words. */
export function answerText(expected: Expected): string {
  switch (expected.kind) {
    case 'pages':
      return pagesText(expected.pages);
    case 'vma':
      return `${formatPage(expected.start)}–${formatPage(expected.end)}`;
    case 'number':
      return expected.unit === '' ? String(expected.value) : `${expected.value} ${expected.unit}`;
    case 'choice':
      return expected.picked.length === 0
        ? 'none of them'
        : expected.picked.map((index) => expected.texts[index]).join('; ');
    case 'flags':
      return expected.flags.length === 0 ? 'none: no entry, or all flags clear' : expected.flags.join(', ');
  }
}

/** Pages as ranges: `0x100003000, 0x100005000–0x100007000 (2 pages)`. */
function pagesText(pages: readonly number[]): string {
  if (pages.length === 0) return 'no page';
  const ranges: [number, number][] = [];
  for (const page of pages) {
    const last = ranges.at(-1);
    if (last?.[1] === page) last[1] = page + 1;
    else ranges.push([page, page + 1]);
  }
  const words = ranges
    .slice(0, MAX_RANGES)
    .map(([start, end]) =>
      end - start === 1
        ? formatPage(start)
        : `${formatPage(start)}–${formatPage(end)} (${end - start} pages)`,
    );
  const more = ranges.length - MAX_RANGES;
  return more > 0 ? `${words.join(', ')} and ${plural(more, 'more range')}` : words.join(', ');
}
