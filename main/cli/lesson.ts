import path from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { MAX_SEED } from '#shared/contract/lesson.ts';
import { plural } from '#shared/plural.ts';
import { EXIT_FAILED, EXIT_OK, failure, usageError, type Command, type Output } from './command.ts';
import { checkLesson } from '../lessons/check.ts';
import { answerText, rightAnswer } from '../lessons/expected.ts';
import { parseLesson, type LessonSource } from '../lessons/lesson.ts';
import { findLesson, lessonLibrary, requireLesson, summaryOf } from '../lessons/library.ts';
import { ownLessonsFolder, progressIn } from '../lessons/progress.ts';
import { printLesson } from '../lessons/print.ts';
import { joinResults, resultsCsv } from '../lessons/results.ts';
import { readScenarioFile } from './scenario-files.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';

/** Kind of file, for messages. */
const LESSON = 'a lesson, a JSON file';

const syntax = (): Syntax =>
  newSyntax('soft-dirty lesson')
    .usage(
      [
        'list [--json]',
        'check [--json] [--seed N] FILE...',
        'print [--solutions] [--seed N] NAME|FILE',
        'results [--student NAME] [FILE...]',
      ].join('\n       soft-dirty lesson '),
    )
    .description('Lessons about page tables and soft-dirty tracking: interactive scenarios with questions.')
    .argument('[ACTION]', 'list, check, print or results')
    .argument('[FILE...]', 'lesson files, or the name of a lesson')
    .option('--json', 'list, check: as JSON')
    .option('--solutions', 'print: with the answers')
    .option('--seed <N>', 'check, print: which exercise; seeds draw different numbers', '1')
    .option('--student <NAME>', 'results: the name in the first column', '');

const notes = `list     the lessons that come with the program.
check    validates lesson files, plays them through and prints the answers; each message names file, step and field.
print    a lesson as Markdown, to print; with --solutions the answers instead of room for them.
results  what was answered in the window on this machine, as CSV; with files, the students' CSV files as one table.

How to write a lesson: main/lessons/LESSONS.md.

Exit codes: 0 done; 1 a lesson is not valid, or a file cannot be read; 2 wrong usage.
`;

interface Options {
  readonly json?: true;
  readonly solutions?: true;
  readonly seed: string;
  readonly student: string;
}

export const lessonCommand: Command = {
  syntax,
  notes,
  async run(args, output) {
    const wrong = (message: string): number => usageError(output, 'lesson', message);
    let values: Options;
    let words: readonly string[];
    try {
      ({ values, words } = parseArguments<Options>(syntax(), args));
    } catch (error) {
      return wrong((error as Error).message);
    }
    const [action, ...files] = words;
    const seed = Number(values.seed);
    if (!/^\d+$/.test(values.seed) || seed > MAX_SEED)
      return wrong(`--seed is a number from 0 to ${MAX_SEED}`);
    switch (action) {
      case 'list':
        return files.length > 0 ? wrong('list takes no file') : list(values.json === true, output);
      case 'check':
        return files.length === 0
          ? wrong('check needs a file')
          : await check(files, seed, values.json === true, output);
      case 'print': {
        const [wanted, ...others] = files;
        if (wanted === undefined || others.length > 0) return wrong('print needs one lesson');
        return await reporting(output, async () => {
          const { lesson, answers } = checkLesson(await lessonNamed(wanted), seed);
          output.out(printLesson(lesson, answers, values.solutions === true));
        });
      }
      case 'results':
        return await results(files, values.student, output);
      case undefined:
        return wrong('expected list, check, print or results');
      default:
        return wrong(`unknown action ${JSON.stringify(action)}`);
    }
  },
};

function list(json: boolean, output: Output): number {
  const summaries = lessonLibrary().map(summaryOf);
  if (json) {
    output.out(`${JSON.stringify(summaries, null, 2)}\n`);
    return EXIT_OK;
  }
  const wide = Math.max(...summaries.map(({ name }) => name.length));
  for (const { name, title, minutes, questions } of summaries) {
    output.out(`${name.padEnd(wide)}  ${title} (${minutes} min, ${plural(questions, 'question')})\n`);
  }
  return EXIT_OK;
}

async function check(
  files: readonly string[],
  seed: number,
  asJson: boolean,
  output: Output,
): Promise<number> {
  let broken = 0;
  for (const file of files) {
    const code = await reporting(output, async () => {
      const { lesson, answers } = checkLesson(parseLesson(await readScenarioFile(file, LESSON), file), seed);
      if (asJson) {
        const given = answers.map((solutions) => solutions.map(({ expected }) => rightAnswer(expected)));
        output.out(`${JSON.stringify({ file, name: lesson.head.name, seed, answers: given })}\n`);
        return;
      }
      const count = answers.flat().length;
      output.out(
        `${file}: ${plural(lesson.steps.length, 'step')}, ${plural(count, 'question')}, exercise ${seed}\n`,
      );
      answers.forEach((solutions, step) =>
        solutions.forEach(({ expected }, index) => {
          const where = `steps[${step}].ask[${index}]`;
          output.out(`  ${where} (${expected.kind}): ${answerText(expected)}\n`);
        }),
      );
    });
    if (code !== EXIT_OK) broken++;
  }
  if (files.length > 1 && !asJson)
    output.out(`${plural(files.length, 'file')}: ${files.length - broken} valid, ${broken} in error\n`);
  return broken === 0 ? EXIT_OK : EXIT_FAILED;
}

async function results(files: readonly string[], student: string, output: Output): Promise<number> {
  return await reporting(output, async () => {
    if (files.length === 0) {
      output.out(resultsCsv(student, await progressIn(ownLessonsFolder()).list()));
      return;
    }
    const texts = [];
    for (const name of files)
      texts.push({ name, text: await readScenarioFile(name, 'a CSV file of results') });
    try {
      output.out(joinResults(texts));
    } catch (cause) {
      throw new InspectorError('bad-request', (cause as Error).message);
    }
  });
}

/** A built-in lesson by name; an argument with a folder or an extension is a file. */
async function lessonNamed(wanted: string): Promise<LessonSource> {
  const found = path.basename(wanted) === wanted ? findLesson(wanted) : null;
  if (found !== null) return found;
  if (!/[./\\]/.test(wanted)) return requireLesson(wanted);
  return parseLesson(await readScenarioFile(wanted, LESSON), wanted);
}

/** Runs `action`; a failure becomes lines on the error stream. */
async function reporting(output: Output, action: () => Promise<void>): Promise<number> {
  try {
    await action();
    return EXIT_OK;
  } catch (cause) {
    return failure(output, 'lesson', cause);
  }
}
