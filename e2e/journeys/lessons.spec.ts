/** Lessons in the window: each played to its end by the keyboard alone, with right and wrong answers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { violationsNow } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { LessonPlayer, rightAnswers, wrongAnswer } from '../pages/lesson-player.ts';

test('every lesson, by the keyboard, with right and wrong answers', async ({ launch }) => {
  test.setTimeout(600_000);
  const { page } = await launch();
  const player = new LessonPlayer(page);
  await expect(page.getByRole('region', { name: 'Lessons' }).getByRole('listitem').first()).toBeVisible();
  const { lessons } = await page.evaluate(() => window.inspectorDebug.call('lessons.list', {}));
  expect(lessons.length).toBeGreaterThanOrEqual(16);
  for (const [index, { summary }] of lessons.entries()) {
    await test.step(summary.name, async () => {
      if (index === 0) {
        const first = page
          .getByRole('region', { name: 'Lessons' })
          .getByRole('button', { name: summary.title });
        await first.focus();
        await page.keyboard.press('Enter');
      }
      await expect(player.panel.getByRole('heading', { name: summary.title })).toBeVisible();
      const seed = Number(/exercise (\d+)/.exec((await player.panel.textContent()) ?? '')?.[1]);
      const answers = rightAnswers(summary.name, seed);
      let points = 0;
      for (const step of answers) {
        await player.forward();
        const answered = new Set<number>();
        // Those before the step, then the step, then those after it.
        const answerShown = async (): Promise<void> => {
          for (const question of await player.shown()) {
            if (answered.has(question)) continue;
            answered.add(question);
            const right = step[question];
            if (right === undefined) throw new Error(`no answer ${question}`);
            const wrong = points % 5 === 0 ? wrongAnswer(right) : null;
            if (wrong !== null) await player.answer(wrong, question, false);
            await player.answer(right, question, true);
            points += wrong === null ? 3 : 2;
          }
        };
        await answerShown();
        await player.forward();
        await answerShown();
        expect(answered.size).toBe(step.length);
      }
      await player.forward();
      await expect(player.result).toContainText(`${points} of ${answers.flat().length * 3} points`);
      if (index === lessons.length - 1) return;
      // What next.
      await player.panel.getByRole('button', { name: /^Next lesson/ }).focus();
      await page.keyboard.press('Enter');
    });
  }
});

test('a file and a step on the command line; hints, an answer that is shown, back, another exercise', async ({
  launch,
  folder,
}) => {
  const file = join(folder, 'mine.json');
  writeFileSync(
    file,
    JSON.stringify({
      name: 'mine',
      title: 'My own lesson',
      text: 'A **first** lesson with <b>no HTML</b>.',
      end: 'The end.',
      parameters: { base: { value: 4294967296 }, n: { from: 3, to: 6 } },
      steps: [
        { op: 'mmap', addr: '=base', len: '=n * 4096', prot: 'rw', kind: 'anon-private' },
        {
          op: 'write',
          addr: '=base',
          len: 1,
          text: 'One write.',
          ask: [{ kind: 'number', text: 'How many faults?', answer: 'faults', hints: ['Less than two.'] }],
        },
      ],
    }),
  );
  const { page } = await launch({ source: `lesson:${file}#2` });
  const player = new LessonPlayer(page);
  await expect(player.panel).toContainText('Step 2 of 2');
  const forward = player.panel.getByRole('button', { name: 'Run step' });
  await expect(forward).toBeDisabled();
  await player.panel.getByRole('button', { name: 'Hint' }).click();
  await expect(player.panel.getByRole('list', { name: 'Hints' })).toContainText('Less than two.');
  await expect(player.panel.getByRole('button', { name: 'Hint' })).toHaveCount(0);
  await player.panel.getByRole('button', { name: 'Show answer' }).click();
  await expect(player.verdicts).toContainText('Answer shown');
  await forward.click();
  await expect(page.getByTestId('lesson-call')).toContainText('done');
  await expect
    .poll(() => page.evaluate(() => window.inspectorDebug.writtenRuns()))
    .toEqual([[0x100000, 0x100001]]);
  await player.back();
  await player.back();
  await expect(player.panel).toContainText('Step 1 of 2');
  for (let moves = 0; moves < 3; moves++) await player.forward();
  await expect(player.result).toHaveText(/^0 of 3 points/);
  await player.panel.getByRole('button', { name: 'Another one like this' }).click();
  await expect(player.panel).toContainText('A first lesson with <b>no HTML</b>.');
});

test('presentation: large type, and a clicker passes everything', { tag: '@both' }, async ({ launch }) => {
  const { page } = await launch({ words: ['--lesson=first-touch'] });
  const player = new LessonPlayer(page);
  await expect(player.panel).toBeVisible();
  await page.keyboard.press('F11');
  await expect(player.panel).toHaveClass(/lesson--large/);
  for (let presses = 0; presses < 3; presses++) {
    const before = await player.panel.textContent();
    await page.keyboard.press('PageDown');
    await expect(player.panel).not.toHaveText(before ?? '');
  }
  await expect(player.panel).toContainText('Step 2 of 7');
  await page.keyboard.press('PageUp');
  await expect(player.panel).toContainText('Step 1 of 7');
  await page.keyboard.press('F11');
  await expect(player.panel).not.toHaveClass(/lesson--large/);
});

for (const scheme of ['dark', 'light'] as const) {
  test(`no violations in gallery, lesson and quiz, ${scheme}`, async ({ launch }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', scheme);
    const player = new LessonPlayer(page);
    const gallery = page.getByRole('region', { name: 'Lessons' });
    await expect(gallery.getByRole('listitem').first()).toBeVisible();
    expect(await violationsNow(page), 'gallery').toEqual([]);
    await gallery.getByRole('button', { name: /^Splitting VMAs/ }).click();
    await expect(player.panel).toBeVisible();
    expect(await violationsNow(page), 'introduction').toEqual([]);
    const kinds = new Set<string>();
    await page.keyboard.press('F11');
    const pages = (await player.panel.textContent())?.match(/(\d+) steps/)?.[1];
    for (let moves = 0; moves < 2 * Number(pages) + 1; moves++) {
      await player.forward();
      const shown = await player.questions.evaluateAll((all) =>
        all.map((one) => one.querySelector('input')?.type ?? ''),
      );
      const isNew = shown.some((kind) => !kinds.has(kind));
      shown.forEach((kind) => kinds.add(kind));
      if (isNew) expect(await violationsNow(page), shown.join()).toEqual([]);
    }
    await expect(player.result).toBeVisible();
    expect(await violationsNow(page), 'end').toEqual([]);
    expect([...kinds].sort()).toEqual(['radio', 'text']);
  });
}
