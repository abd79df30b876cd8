import {
  QUESTION_POINTS,
  type LessonProgress,
  type QuestionPlace,
  type QuestionScore,
} from '#shared/contract/lesson.ts';
import type { Lesson } from './lesson.ts';

/** A lesson that begins: no question is answered. `before`: an earlier round of the same lesson. */
export function newProgress(lesson: Lesson, before: LessonProgress | null, now: number): LessonProgress {
  const scores = lesson.steps.flatMap(({ questions }, step) =>
    questions.map((_, question): QuestionScore => ({
      ...{ step, question, tries: 0, hints: 0 },
      state: 'open',
      points: 0,
    })),
  );
  return {
    name: lesson.head.name,
    title: lesson.head.title ?? lesson.head.name,
    seed: lesson.seed,
    changedAt: now,
    finished: false,
    points: 0,
    maxPoints: scores.length * QUESTION_POINTS,
    bestPoints: before?.bestPoints ?? 0,
    scores,
  };
}

/** Whether `progress` is of this exercise, with the questions that it has now. */
export function belongsTo(progress: LessonProgress, lesson: Lesson): boolean {
  const { scores, maxPoints } = newProgress(lesson, null, 0);
  return (
    progress.seed === lesson.seed &&
    progress.maxPoints === maxPoints &&
    scores.every(
      ({ step, question }, at) =>
        progress.scores[at]?.step === step && progress.scores[at]?.question === question,
    )
  );
}

export function scoreAt(progress: LessonProgress, place: QuestionPlace): QuestionScore | undefined {
  return progress.scores.find(({ step, question }) => step === place.step && question === place.question);
}

/** After one more try: a right answer has what tries and hints left of its points, at least one. */
export function tried(score: QuestionScore, right: boolean): QuestionScore {
  if (score.state !== 'open') return score;
  const tries = score.tries + 1;
  if (!right) return { ...score, tries };
  return {
    ...score,
    tries,
    state: 'right',
    points: Math.max(1, QUESTION_POINTS - score.tries - score.hints),
  };
}

/** `progress` with `score` in its place. */
export function withScore(progress: LessonProgress, score: QuestionScore, now: number): LessonProgress {
  const scores = progress.scores.map((old) =>
    old.step === score.step && old.question === score.question ? score : old,
  );
  return { ...progress, scores, points: scores.reduce((sum, { points }) => sum + points, 0), changedAt: now };
}
