import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { QUESTION_POINTS } from '#shared/contract/lesson.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { rightAnswer } from './expected.ts';
import { instantiate } from './lesson.ts';
import { LessonDesk } from './lesson-desk.ts';
import { requireLesson } from './library.ts';
import { solveLesson } from './solved.ts';

const folder = temporaryFolder();
const RACE = { kind: 'library', name: 'race' } as const;
const answers = solveLesson(instantiate(requireLesson('race'), 7));
const places = answers.flatMap((solutions, step) => solutions.map((_, question) => ({ step, question })));
const right = ({ step, question }: { step: number; question: number }) =>
  rightAnswer(answers[step][question].expected);

describe('a folder of lessons', () => {
  it('is listed once it was added, with its problems; only then are its lessons opened', async () => {
    const week = folder.path('week');
    mkdirSync(week);
    const json = { name: 'mine', title: 'Mine', steps: [{ op: 'clear_refs' }] };
    writeFileSync(folder.path('week/b.json'), JSON.stringify(json));
    writeFileSync(folder.path('week/broken.json'), '{"name": 1}');
    const desk = new LessonDesk(folder.path('nothing'));
    const reference = { kind: 'folder', folder: week, file: 'b.json' } as const;
    await expect(desk.open(reference, 1)).rejects.toMatchObject({ kind: 'not-permitted' });
    const before = (await desk.list()).lessons.length;
    const { lessons, problems } = await desk.addFolder(week);
    expect(lessons.slice(before)).toMatchObject([{ reference, summary: { title: 'Mine' } }]);
    expect(problems).toEqual([expect.stringContaining('broken.json')]);
    expect((await desk.list()).lessons).toEqual(lessons);
    expect((await desk.open(reference, 1)).view.title).toBe('Mine');
  });

  it('without a lesson is refused', async () => {
    const empty = folder.path('empty');
    mkdirSync(empty);
    const desk = new LessonDesk(folder.path('nothing'));
    await expect(desk.addFolder(empty)).rejects.toThrow(`${empty} has no lessons`);
  });
});

describe('a lesson in the window', () => {
  it('right answers get all points; progress is kept and the lesson begins again after the end', async () => {
    const desk = new LessonDesk(folder.path('own'));
    const opened = await desk.open(RACE, 7);
    expect(opened.progress.maxPoints).toBe(places.length * QUESTION_POINTS);
    for (const place of places) {
      const verdict = await desk.answer(place, right(place));
      expect(verdict).toMatchObject({ right: true, score: { points: 3, state: 'right', tries: 1 } });
      expect(verdict.solution).not.toBeNull();
    }
    const done = await desk.finish();
    expect([done.points, done.bestPoints, done.finished]).toEqual([done.maxPoints, done.maxPoints, true]);
    const again = await new LessonDesk(folder.path('own')).open(RACE, 7);
    expect(again.progress).toMatchObject({ points: 0, bestPoints: done.maxPoints, finished: false });
  });

  it('wrong tries and hints cost a point each, one is kept; a shown answer has none', async () => {
    const desk = new LessonDesk(folder.path('own'));
    await desk.open(RACE, 7);
    const [first, second] = places;
    const wrong = await desk.answer(first, { kind: 'number', value: 99 });
    expect(wrong).toMatchObject({ right: false, solution: null, score: { tries: 1, state: 'open' } });
    expect(wrong.reasons[0]).toBe('It is less than 99.');
    expect((await desk.answer(first, right(first))).score.points).toBe(2);
    // Again: nothing changes.
    expect((await desk.answer(first, { kind: 'number', value: 99 })).score).toMatchObject({
      points: 2,
      tries: 2,
    });
    const shown = await desk.solution(second);
    expect(shown).toMatchObject({ right: false, score: { state: 'shown', points: 0 } });
    expect((await desk.answer(second, right(second))).score.points).toBe(0);
    const pages = places.find(({ step, question }) => answers[step][question].expected.kind === 'pages');
    if (!pages) throw new Error('the lesson has no question of pages');
    expect((await desk.hint(pages)).score.hints).toBe(1);
    await expect(desk.hint(pages)).rejects.toMatchObject({ kind: 'bad-request' });
    expect((await desk.answer(pages, right(pages))).score.points).toBe(2);
  });

  it('continues where it was left, with the same exercise', async () => {
    const before = await new LessonDesk(folder.path('own')).open(RACE, null);
    const desk = new LessonDesk(folder.path('own'));
    await desk.open(RACE, before.view.seed);
    await desk.hint(places.find(({ step }) => step === 8) ?? places[0]).catch(() => undefined);
    await desk.solution(places[0]);
    const again = await new LessonDesk(folder.path('own')).open(RACE, null);
    expect(again.view.seed).toBe(before.view.seed);
    expect(again.progress.scores[0].state).toBe('shown');
  });

  it('lists the folder’s lessons, and what is wrong with files that are not lessons', async () => {
    const own = folder.path('own');
    mkdirSync(own);
    writeFileSync(`${own}/mine.json`, JSON.stringify({ name: 'mine', steps: [{ op: 'vmas' }] }));
    writeFileSync(`${own}/broken.json`, '{"name": "broken"}');
    writeFileSync(`${own}/notes.txt`, 'no lesson');
    const desk = new LessonDesk(own);
    const list = await desk.list();
    expect(list.lessons.at(-1)).toMatchObject({ reference: { kind: 'own', file: 'mine.json' } });
    expect(list.problems).toEqual([`${own}/broken.json: steps: is missing`]);
    const { view, scenario } = await desk.open({ kind: 'own', file: 'mine.json' }, null);
    expect(view.steps).toMatchObject([{ call: 'vmas', questions: [] }]);
    expect(JSON.parse(scenario)).toMatchObject({ name: 'mine', steps: [{ op: 'vmas' }] });
  });

  it('needs an open lesson and an existing question', async () => {
    const desk = new LessonDesk(folder.path('own'));
    await expect(desk.finish()).rejects.toMatchObject({ message: 'No lesson is open.' });
    await desk.open(RACE, 1);
    await expect(desk.solution({ step: 0, question: 5 })).rejects.toMatchObject({ kind: 'bad-request' });
  });
});
