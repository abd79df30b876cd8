import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import type {
  GivenAnswer,
  LessonList,
  LessonProgress,
  LessonReference,
  OpenedLesson,
  QuestionPlace,
  QuestionScore,
  Verdict,
} from '#shared/contract/lesson.ts';
import { formatJson } from '../scenarios/json.ts';
import { answerText, isRight, type Solution } from './expected.ts';
import { instantiate, varies, type Lesson, type LessonSource } from './lesson.ts';
import { lessonsOf, readLesson } from './lesson-files.ts';
import { LessonFolders } from './lesson-folders.ts';
import { findLesson, lessonLibrary, requireLesson, summaryOf } from './library.ts';
import { progressIn, type ProgressFile } from './progress.ts';
import { resultsCsv } from './results.ts';
import { belongsTo, newProgress, scoreAt, tried, withScore } from './score.ts';
import { reasonsFor, solveLesson, viewOf, type Solutions } from './solved.ts';

/** Exercises that are drawn; few digits are easier to pass on. */
const MAX_DRAWN_SEED = 9999;

interface OpenLesson {
  readonly lesson: Lesson;
  /** Computed at the first call. */
  readonly solutions: () => Solutions;
  progress: LessonProgress;
}

/** The lessons for one window: opens one at a time, keeps its answers, counts points, remembers progress. */
export class LessonDesk {
  private readonly folder: string;
  private readonly progress: ProgressFile;
  private readonly folders = new LessonFolders();
  private current: OpenLesson | null = null;

  /** @param folder of the user's own lessons; need not exist */
  constructor(folder: string) {
    this.folder = folder;
    this.progress = progressIn(folder);
  }

  async list(): Promise<LessonList> {
    const own = await lessonsOf(this.folder, (file) => ({ kind: 'own', file }));
    const added = await this.folders.list();
    return {
      lessons: [
        ...lessonLibrary().map((source) => ({
          reference: { kind: 'library' as const, name: source.head.name },
          summary: summaryOf(source),
        })),
        ...own.lessons,
        ...added.lessons,
      ],
      progress: await this.progress.list(),
      folder: this.folder,
      problems: [...own.problems, ...added.problems],
    };
  }

  /** Lists the lessons of this folder too, for as long as the window is connected. */
  async addFolder(path: string): Promise<LessonList> {
    await this.folders.add(path);
    return this.list();
  }

  /** @param seed null: the exercise that was begun and not finished, else a new one */
  async open(reference: LessonReference, seed: number | null): Promise<OpenedLesson> {
    const source = await this.read(reference);
    const known = (await this.progress.list()).find(({ name }) => name === source.head.name) ?? null;
    const begun = known !== null && !known.finished ? known.seed : null;
    const drawn = varies(source) ? 1 + randomInt(MAX_DRAWN_SEED) : 1;
    const lesson = instantiate(source, seed ?? begun ?? drawn);
    const solutions = once(() => solveLesson(lesson));
    // A file of the user's may have a mistake in an answer, which is reported at once.
    if (reference.kind !== 'library') solutions();
    const goesOn = known !== null && !known.finished && belongsTo(known, lesson);
    const progress = goesOn ? known : newProgress(lesson, known, Date.now());
    this.current = { lesson, solutions, progress };
    const next = source.head.next === undefined ? null : findLesson(source.head.next);
    const view = viewOf(
      source,
      lesson,
      solutions,
      next === null ? null : { name: next.head.name, title: next.head.title ?? next.head.name },
    );
    return { reference, view, scenario: formatJson(lesson.scenarioJson), progress };
  }

  async answer(place: QuestionPlace, given: GivenAnswer): Promise<Verdict> {
    const { open, solution, score } = this.question(place);
    const right = isRight(solution.expected, given);
    const reasons = right ? [] : reasonsFor(open.lesson, solution.expected, given, place.step);
    const next = tried(score, right);
    await this.keep(open, next);
    return this.verdict(solution, next, right, reasons);
  }

  async hint(place: QuestionPlace): Promise<{ text: string; score: QuestionScore }> {
    const { open, score } = this.question(place);
    const { hints } = open.lesson.steps[place.step].questions[place.question];
    const text = hints[score.hints];
    if (text === undefined) throw new InspectorError('bad-request', 'This question has no more hints.');
    const next = score.state === 'open' ? { ...score, hints: score.hints + 1 } : score;
    await this.keep(open, next);
    return { text, score: next };
  }

  async solution(place: QuestionPlace): Promise<Verdict> {
    const { open, solution, score } = this.question(place);
    const next: QuestionScore = score.state === 'open' ? { ...score, state: 'shown', points: 0 } : score;
    await this.keep(open, next);
    return this.verdict(solution, next, next.state === 'right', []);
  }

  async finish(): Promise<LessonProgress> {
    const open = this.require();
    const { progress } = open;
    open.progress = {
      ...progress,
      finished: true,
      changedAt: Date.now(),
      bestPoints: Math.max(progress.bestPoints, progress.points),
    };
    await this.progress.put(open.progress);
    return open.progress;
  }

  async results(student: string): Promise<string> {
    return resultsCsv(student, await this.progress.list());
  }

  private verdict(
    { expected, why }: Solution,
    score: QuestionScore,
    right: boolean,
    reasons: string[],
  ): Verdict {
    if (score.state === 'open') return { right, reasons, solution: null, score };
    const whys = expected.kind === 'choice' ? expected.picked.map((index) => expected.whys[index]) : [];
    return {
      right,
      reasons: [...reasons, ...[why, ...whys].filter((text) => text !== '')],
      solution: answerText(expected),
      score,
    };
  }

  private require(): OpenLesson {
    if (this.current === null)
      throw new InspectorError('bad-request', 'No lesson is open.', 'Open one first.');
    return this.current;
  }

  private question(place: QuestionPlace): { open: OpenLesson; solution: Solution; score: QuestionScore } {
    const open = this.require();
    const solution = open.solutions()[place.step]?.[place.question];
    const score = scoreAt(open.progress, place);
    if (solution === undefined || score === undefined) {
      throw new InspectorError('bad-request', `Step ${place.step} has no question ${place.question}.`);
    }
    return { open, solution, score };
  }

  private async keep(open: OpenLesson, score: QuestionScore): Promise<void> {
    open.progress = withScore(open.progress, score, Date.now());
    await this.progress.put(open.progress);
  }

  private async read(reference: LessonReference): Promise<LessonSource> {
    switch (reference.kind) {
      case 'library':
        return requireLesson(reference.name);
      case 'own':
        return await readLesson(join(this.folder, reference.file));
      case 'folder':
        return await readLesson(this.folders.fileOf(reference));
      case 'file':
        return await readLesson(reference.path);
    }
  }
}

/** `compute`, whose result is kept. */
function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | null = null;
  return () => (kept ??= { value: compute() }).value;
}
