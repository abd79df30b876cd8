import { QUESTION_POINTS } from '#shared/contract/lesson.ts';
import { plural } from '#shared/plural.ts';
import { answerText, type Solution } from './expected.ts';
import type { QuestionFile } from './lesson-schema.ts';
import type { Lesson } from './lesson.ts';
import { callText, type Solutions } from './solved.ts';

/**
 * A lesson on paper, as Markdown: texts, steps, questions with room to answer; with `solutions` the answers instead, and why.
 */
export function printLesson(lesson: Lesson, answers: Solutions, solutions: boolean): string {
  const { head, seed, steps, scenario } = lesson;
  const questions = steps.reduce((total, step) => total + step.questions.length, 0);
  const lines = [
    `# ${head.title ?? head.name}${solutions ? ': solutions' : ''}`,
    '',
    `Exercise ${seed} · ${plural(questions, 'question')} · ${plural(questions * QUESTION_POINTS, 'point')} · about ${plural(head.minutes, 'minute')}`,
    '',
    ...(solutions ? [] : ['Name: ________________________________   Date: ______________', '']),
    head.text,
    '',
  ];
  let number = 0;
  steps.forEach(({ title, text, questions: asked }, index) => {
    lines.push(`## Step ${index + 1}${title === '' ? '' : `: ${title}`}`, '');
    if (text !== '') lines.push(text, '');
    lines.push(`\`${callText(scenario.steps[index].step)}\``, '');
    asked.forEach((question, at) => {
      number++;
      lines.push(
        `**${number}.** ${question.text}${question.when === 'after' ? ' (after the step)' : ''}`,
        '',
      );
      lines.push(...choiceLines(question, answers[index][at], solutions));
      if (solutions) lines.push(...solutionLines(answers[index][at]));
      else lines.push(...roomFor(question));
    });
  });
  if (solutions && head.end !== '') lines.push('## In short', '', head.end, '');
  if (head.newerKernels !== '') lines.push('## Newer kernels', '', head.newerKernels, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function choiceLines(question: QuestionFile, { expected }: Solution, solutions: boolean): string[] {
  if (question.kind !== 'choice') return [];
  const right = expected.kind === 'choice' ? expected.picked : [];
  return [
    ...question.choices.map(
      ({ text }, index) => `- [${solutions && right.includes(index) ? 'x' : ' '}] ${text}`,
    ),
    '',
  ];
}

function solutionLines({ expected, why }: Solution): string[] {
  const whys = expected.kind === 'choice' ? expected.whys.filter((text) => text !== '') : [];
  return [
    `Answer: ${answerText(expected)}`,
    '',
    ...(why === '' ? [] : [why, '']),
    ...whys.flatMap((text) => [`> ${text}`, '']),
  ];
}

function roomFor(question: QuestionFile): string[] {
  switch (question.kind) {
    case 'choice':
      return question.many ? ['(several may be right)', ''] : [];
    case 'number':
      return [`Answer: ____________ ${question.unit}`.trimEnd(), ''];
    case 'flags':
      return ['Answer: P ☐  RW ☐  A ☐  D ☐  SD ☐  PS ☐', ''];
    default:
      return ['Answer: ________________________________________', ''];
  }
}
