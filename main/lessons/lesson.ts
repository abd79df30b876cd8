import { firstProblem, problemText } from '#shared/schema-problem.ts';
import { readJson } from '../scenarios/json.ts';
import type { Scenario } from '../scenarios/steps.ts';
import { validateScenario } from '../scenarios/validate.ts';
import { evaluate, type Environment, type Value } from './expression.ts';
import { lessonFileSchema, stepTextsSchema, type LessonFile, type QuestionFile } from './lesson-schema.ts';
import { drawParameters, fillIn, PLAIN_FUNCTIONS, type Parameters } from './parameters.ts';
import { inPlace, lessonProblem } from './problem.ts';
import { Random } from '../simulated/workloads/random.ts';

/** A lesson's file, read and checked as far as it can be without its parameters. */
export interface LessonSource {
  /** File name in messages. */
  readonly file: string;
  readonly head: LessonFile;
}

export interface LessonStep {
  readonly title: string;
  readonly text: string;
  readonly questions: readonly QuestionFile[];
}

/** A lesson for one seed: its scenario, and what is asked at which step. */
export interface Lesson {
  readonly file: string;
  readonly head: LessonFile;
  readonly seed: number;
  readonly parameters: Parameters;
  readonly scenario: Scenario;
  /** The scenario as a file without what only lessons have. */
  readonly scenarioJson: Readonly<Record<string, unknown>>;
  /** One for each step of the scenario. */
  readonly steps: readonly LessonStep[];
}

/** Fields of the head that a scenario does not know. */
const OF_LESSONS = ['summary', 'part', 'minutes', 'end', 'newerKernels', 'next', 'parameters'] as const;

/** Reads a lesson, or a plain scenario, which is one without questions. Throws with file and field. */
export function parseLesson(text: string, file: string): LessonSource {
  return lessonOf(
    inPlace(file, '', () => readJson(text)),
    file,
  );
}

export function lessonOf(json: unknown, file: string): LessonSource {
  const head = lessonFileSchema.safeParse(json);
  if (!head.success) {
    const { field, message } = firstProblem(head.error);
    throw lessonProblem(file, field, message);
  }
  return { file, head: head.data };
}

/** Whether seeds differ in what they ask. */
export const varies = ({ head }: LessonSource): boolean =>
  Object.values(head.parameters).some((parameter) => !('value' in parameter));

/** The lesson with the parameters of `seed`; its scenario is valid. Throws with file, step and field. */
export function instantiate({ file, head }: LessonSource, seed: number): Lesson {
  const parameters = drawParameters(head.parameters, seed, file);
  const environment: Environment = { values: parameters, lazy: {}, functions: PLAIN_FUNCTIONS };
  const fill = (text: string, where: string): string =>
    inPlace(file, where, () => fillIn(text, (expression) => evaluate(expression, environment)));
  const steps: LessonStep[] = [];
  // The order of the choices depends on the seed too, but on another sequence than the parameters.
  const order = new Random(seed ^ 0x5eed);
  const scenarioSteps = head.steps.map((step, index) => {
    const where = `steps[${index}]${typeof step['op'] === 'string' ? ` (${step['op']})` : ''}`;
    const { title, text, ask, ...fields } = step;
    const texts = stepTextsSchema.safeParse(defined({ title, text, ask }));
    if (!texts.success) throw lessonProblem(file, where, problemText(texts.error));
    const { data } = texts;
    const questions = typeof data.ask === 'string' ? [] : data.ask;
    const remark = typeof data.ask === 'string' ? `${data.text}\n\n${data.ask}`.trim() : data.text;
    steps.push({
      title: fill(data.title, `${where}: title`),
      text: fill(remark, `${where}: text`),
      questions: questions.map((question, at) =>
        filled(question, (words) => fill(words, `${where}: ask[${at}]`), order),
      ),
    });
    return Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [
        field,
        inPlace(file, `${where}: ${field}`, () => computed(value, environment)),
      ]),
    );
  });
  const machine = Object.fromEntries(
    Object.entries(head).filter(([name]) => !(OF_LESSONS as readonly string[]).includes(name)),
  );
  const scenarioJson = { ...defined(machine), fullVec: true, steps: scenarioSteps };
  return {
    file,
    head: {
      ...head,
      text: fill(head.text, 'text'),
      end: fill(head.end, 'end'),
    },
    seed,
    parameters,
    scenario: validateScenario(scenarioJson, file),
    scenarioJson,
    steps,
  };
}

/** A field that begins with `=` is an expression. */
function computed(value: unknown, environment: Environment): unknown {
  return typeof value === 'string' && value.startsWith('=')
    ? (evaluate(value.slice(1), environment) as Value)
    : value;
}

/** The parameters put into the texts that a student reads first; `why` is filled in with the results. */
function filled(question: QuestionFile, fill: (text: string) => string, order: Random): QuestionFile {
  const texts = { text: fill(question.text), hints: question.hints.map(fill) };
  if (question.kind !== 'choice') return { ...question, ...texts };
  return {
    ...question,
    ...texts,
    choices: shuffled(
      question.choices.map((choice) => ({ ...choice, text: fill(choice.text) })),
      order,
    ),
  };
}

/** Fisher–Yates shuffle. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [result[at], result[other]] = [result[other], result[at]];
  }
  return result;
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
