import { marked, type Token, type Tokens } from 'marked';
import { lessonProblem } from './problem.ts';
import { instantiate, varies, type Lesson, type LessonSource } from './lesson.ts';
import { solveLesson, type Solutions } from './solved.ts';

/** Seeds that a check plays: a lesson must hold for all of them. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/**
 * Validates a lesson and plays it through, for several seeds where they differ.
 *
 * @returns the exercise of `seed` with its answers
 * @throws InspectorError with file, step and field
 */
export function checkLesson(source: LessonSource, seed: number): { lesson: Lesson; answers: Solutions } {
  const lesson = instantiate(source, seed);
  checkTexts(lesson);
  const answers = solveLesson(lesson);
  for (const other of varies(source) ? SEEDS : []) {
    try {
      if (other !== seed) solveLesson(instantiate(source, other));
    } catch (cause) {
      const message = (cause as Error).message.slice(source.file.length + 2);
      throw lessonProblem(source.file, '', `${message} (exercise ${other})`);
    }
  }
  return { lesson, answers };
}

/** Texts are Markdown without HTML, images and links: the window and a print-out show the same. */
function checkTexts({ file, head, steps }: Lesson): void {
  checkText(file, 'text', head.text);
  checkText(file, 'end', head.end);
  checkText(file, 'newerKernels', head.newerKernels);
  steps.forEach(({ text, questions }, index) => {
    const where = `steps[${index}]`;
    checkText(file, `${where}: text`, text);
    questions.forEach((question, at) => {
      checkText(file, `${where}: ask[${at}].text`, question.text);
      checkText(file, `${where}: ask[${at}].why`, question.why);
      for (const hint of question.hints) checkText(file, `${where}: ask[${at}].hints`, hint);
    });
  });
}

const REFUSED: Readonly<Record<string, string>> = { html: 'HTML', image: 'an image', link: 'a link' };

function checkText(file: string, field: string, text: string): void {
  void marked.walkTokens(marked.lexer(text), (token: Token) => {
    const what = REFUSED[token.type];
    if (what === undefined) return;
    // A bare address stays text.
    if (token.type === 'link' && (token as Tokens.Link).raw === (token as Tokens.Link).text) return;
    throw lessonProblem(file, field, `${what} cannot be shown: ${JSON.stringify(token.raw.slice(0, 40))}`);
  });
}
