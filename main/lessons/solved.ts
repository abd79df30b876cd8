import type { GivenAnswer, LessonView, Question } from '#shared/contract/lesson.ts';
import { formatAddress, PAGE_SIZE } from '#shared/memory/page.ts';
import type { Step } from '../scenarios/steps.ts';
import { isRight, pageOfParameters, solve, type Expected, type Solution } from './expected.ts';
import type { QuestionFile } from './lesson-schema.ts';
import { varies, type Lesson, type LessonSource } from './lesson.ts';
import { playThrough } from './play.ts';
import { reasonsAgainst } from './reasons.ts';

type FlagsQuestion = Extract<QuestionFile, { kind: 'flags' }>;

/** The answers of a lesson: by step, then by question. */
export type Solutions = readonly (readonly Solution[])[];

/** Plays `lesson` and computes every answer. Throws with file, step and field. */
export function solveLesson(lesson: Lesson): Solutions {
  const solutions: Solution[][] = [];
  playThrough(lesson, (played, index) => {
    solutions.push(
      lesson.steps[index].questions.map((question, at) => {
        try {
          return solve(question, played, lesson.parameters);
        } catch (cause) {
          throw new Error(`ask[${at}].${(cause as Error).message}`, { cause });
        }
      }),
    );
  });
  return solutions;
}

/** Why `given` is not the answer: the step is played again, and its events are read. Empty if it is right. */
export function reasonsFor(lesson: Lesson, expected: Expected, given: GivenAnswer, step: number): string[] {
  if (isRight(expected, given)) return [];
  let reasons: string[] = [];
  playThrough(
    lesson,
    (played, index) => {
      if (index === step) reasons = reasonsAgainst(expected, given, played);
    },
    step,
  );
  return reasons;
}

/**
 * The lesson as a student sees it: without its answers.
 * @param solutions called only if the lesson has to run for the view
 */
export function viewOf(
  source: LessonSource,
  lesson: Lesson,
  solutions: () => Solutions,
  next: LessonView['next'],
): LessonView {
  const { head, seed } = lesson;
  return {
    name: head.name,
    title: head.title ?? head.name,
    text: head.text === '' ? head.description : head.text,
    end: head.end,
    newerKernels: head.newerKernels,
    minutes: head.minutes,
    seed,
    varies: varies(source),
    next,
    steps: lesson.steps.map(({ title, text, questions }, index) => ({
      title,
      text,
      call: callText(lesson.scenario.steps[index].step),
      questions: questions.map((question, at) =>
        questionView(question, (flags) => pageOfFlags(flags, lesson, () => solutions()[index][at])),
      ),
    })),
  };
}

/** The page that a question of flags asks about. */
function pageOfFlags({ addr }: FlagsQuestion, { parameters }: Lesson, solution: () => Solution): number {
  const page = pageOfParameters(addr, parameters);
  if (page !== null) return page;
  const { expected } = solution();
  return expected.kind === 'flags' ? expected.page : 0;
}

function questionView(question: QuestionFile, pageOf: (flags: FlagsQuestion) => number): Question {
  const { text, when } = question;
  const asked = { text, when, hints: question.hints.length };
  switch (question.kind) {
    case 'pages':
    case 'vma':
      return { kind: question.kind, ...asked };
    case 'number':
      return { kind: 'number', ...asked, unit: question.unit };
    case 'choice':
      return {
        kind: 'choice',
        ...asked,
        many: question.many,
        choices: question.choices.map((choice) => choice.text),
      };
    case 'flags':
      return { kind: 'flags', ...asked, page: pageOf(question) };
  }
}

/** A step in a line: `write 0x100003000, 2 pages`. */
export function callText(step: Step): string {
  const { op, ...fields } = step;
  const words = Object.entries(fields).map(([name, value]) => fieldText(name, value));
  return [op, ...words].join(' ');
}

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'bigint') {
    if (ADDRESSES.has(name)) return formatAddress(value);
    if (LENGTHS.has(name)) return lengthText(value, name);
    return `${name}=${value}`;
  }
  return WORDS.has(name) ? String(value) : `${name}=${String(value)}`;
}

const ADDRESSES = new Set(['addr', 'start', 'end', 'newAddr', 'unstable']);
const LENGTHS = new Set(['len', 'newLen']);
const WORDS = new Set(['prot', 'kind', 'advice', 'cmd']);

function lengthText(bytes: bigint, name: string): string {
  const lead = name === 'newLen' ? '→ ' : '';
  const size = BigInt(PAGE_SIZE);
  if (bytes <= 0n || bytes % size !== 0n) return `${lead}${bytes} ${bytes === 1n ? 'byte' : 'bytes'}`;
  const pages = bytes / size;
  return `${lead}${pages} ${pages === 1n ? 'page' : 'pages'}`;
}
