import { describe, expect, it } from 'vitest';
import type { GivenAnswer } from '#shared/contract/lesson.ts';
import { isRight, rightAnswer, type Expected } from './expected.ts';
import { instantiate, varies } from './lesson.ts';
import { findLesson, lessonLibrary } from './library.ts';
import { reasonsFor, solveLesson, viewOf } from './solved.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const lessons = lessonLibrary().map((source) => ({ name: source.head.name, source }));

/** Answers of the same kind that differ from the right one. */
function wrongAnswers(expected: Expected): GivenAnswer[] {
  switch (expected.kind) {
    case 'pages':
      return [
        { kind: 'pages', pages: [...expected.pages, 1] },
        ...(expected.pages.length > 0 ? [{ kind: 'pages' as const, pages: expected.pages.slice(1) }] : []),
      ];
    case 'vma':
      return [{ kind: 'vma', page: expected.end }];
    case 'number':
      return [
        { kind: 'number', value: expected.value + 1 },
        { kind: 'number', value: expected.value - 1 },
      ];
    case 'choice':
      return expected.texts
        .map((_, index): GivenAnswer => ({ kind: 'choice', picked: [index] }))
        .filter((given) => !isRight(expected, given));
    case 'flags':
      return (['P', 'RW', 'SD'] as const).map((flag) => ({
        kind: 'flags',
        flags: expected.flags.includes(flag)
          ? expected.flags.filter((other) => other !== flag)
          : [...expected.flags, flag],
      }));
  }
}

describe.each(lessons)('lesson $name', ({ source }) => {
  it.each(SEEDS)('seed %i: every answer is computed, right ones score and wrong ones do not', (seed) => {
    const lesson = instantiate(source, seed);
    const solutions = solveLesson(lesson);
    expect(solutions).toHaveLength(lesson.steps.length);
    for (const { expected } of solutions.flat()) {
      expect(isRight(expected, rightAnswer(expected))).toBe(true);
      const wrong = wrongAnswers(expected);
      expect(wrong.length).toBeGreaterThan(0);
      for (const given of wrong) expect(isRight(expected, given)).toBe(false);
    }
  });

  it('wrong answers get a reason', () => {
    const lesson = instantiate(source, 1);
    solveLesson(lesson).forEach((questions, step) => {
      for (const { expected } of questions) {
        for (const given of wrongAnswers(expected)) {
          const reasons = reasonsFor(lesson, expected, given, step);
          expect(reasons.join(' '), `step ${step}, ${expected.kind}`).toMatch(/\w{3}/);
        }
      }
    });
  });

  it('has texts, questions of several kinds, and seeds that differ', () => {
    const { head } = source;
    for (const text of [head.title, head.text, head.end, head.newerKernels, head.summary, head.part]) {
      expect(text?.length ?? 0).toBeGreaterThan(3);
    }
    expect(head.minutes).toBeGreaterThanOrEqual(5);
    expect(head.minutes).toBeLessThanOrEqual(15);
    const questions = instantiate(source, 1).steps.flatMap((step) => step.questions);
    expect(questions.length).toBeGreaterThanOrEqual(7);
    expect(new Set(questions.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(2);
    expect(varies(source)).toBe(true);
    const drawn = SEEDS.map((seed) => JSON.stringify(instantiate(source, seed).parameters));
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  it('the window gets no answer with it', () => {
    const lesson = instantiate(source, 1);
    const solutions = solveLesson(lesson);
    const opened = viewOf(source, lesson, () => solutions, null);
    opened.steps.forEach(({ questions }, step) =>
      questions.forEach((question, at) => {
        if (question.kind === 'flags')
          expect(solutions[step][at].expected).toMatchObject({ page: question.page });
      }),
    );
    const view = JSON.stringify(opened);
    expect(view).not.toMatch(/"(answer|correct|why|hints":\[)/);
    expect(view).not.toContain('{{');
  });
});

it('every lesson leads to another until the last', () => {
  const seen = new Set<string>();
  for (let at = lessons[0].source; ;) {
    seen.add(at.head.name);
    const { next } = at.head;
    if (next === undefined) break;
    const found = findLesson(next);
    expect(found, next).not.toBeNull();
    if (found === null || seen.has(next)) break;
    at = found;
  }
  expect(seen.size).toBe(lessons.length);
  expect(lessons.length).toBeGreaterThanOrEqual(16);
});

it('each kind of question is used', () => {
  const kinds = lessons.flatMap(({ source }) =>
    instantiate(source, 1).steps.flatMap((step) => step.questions.map(({ kind }) => kind)),
  );
  expect([...new Set(kinds)].sort()).toEqual(['choice', 'flags', 'number', 'pages', 'vma']);
});
