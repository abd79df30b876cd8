/** Lessons and scenarios from files: dropped, and in the user's folder. Questions answered with the pointer; pictures and results. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvParse } from 'd3';
import { appFolder } from '../fixtures/launch.ts';
import { answerSaveDialog } from '../fixtures/save-dialog.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorPanel } from '../pages/inspector-panel.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { LessonPlayer } from '../pages/lesson-player.ts';
import { dropFiles } from '../pages/timeline-panel.ts';

const PAGE = 0x100000;

const LESSON = {
  name: 'every-kind',
  title: 'Every kind of question',
  text: 'One write.',
  end: 'The end.',
  steps: [
    { op: 'mmap', addr: 4294967296, len: 65536, prot: 'rw', kind: 'anon-private' },
    { op: 'clear_refs' },
    {
      op: 'write',
      addr: 4294975488,
      len: 1,
      title: 'The write',
      ask: [
        { kind: 'pages', text: 'Which pages are written?', answer: 'written', hints: ['The third.'] },
        { kind: 'number', text: 'How many faults?', answer: 'faults', hints: ['The first access.'] },
        { kind: 'vma', text: 'In which mapping?', answer: '4294967296', hints: ['There is one.'] },
        { kind: 'flags', text: 'Which flags?', addr: '4294975488', hints: ['It was written.'] },
        {
          kind: 'choice',
          text: 'What happened?',
          choices: [
            { text: 'a new page', correct: "count('fault', 'new-page') == 1", why: 'There was none.' },
            { text: 'nothing', correct: 'faults == 0', why: 'A page was missing.' },
          ],
          hints: ['There was no page.'],
        },
      ],
    },
    { op: 'mmap', addr: 4563402752, len: 65536, prot: 'r', kind: 'anon-private' },
    {
      op: 'read',
      addr: 4294967296,
      len: 1,
      ask: { kind: 'vma', text: 'Which one can be written?', answer: '4294967296', hints: ['Look at rw.'] },
    },
  ],
};

test('a lesson that is dropped: each kind of question with the pointer, wrong, with a hint, right; pictures; results', async ({
  launch,
  folder,
}) => {
  const file = join(folder, 'every-kind.json');
  writeFileSync(file, JSON.stringify(LESSON));
  const { page, app } = await launch();
  const inspector = new InspectorWindow(page);
  const inspected = new InspectorPanel(page);
  const player = new LessonPlayer(page);
  await expect(page.getByRole('region', { name: 'Lessons' }).getByRole('listitem').first()).toBeVisible();
  await dropFiles(page, [file]);
  await expect(player.panel.getByRole('heading', { name: LESSON.title })).toBeVisible();
  for (let moves = 0; moves < 5; moves++) await player.forward();
  const ask = (index: number) => player.panel.locator(`[data-question="${index}"]`);
  const settle = async (index: number, word: string): Promise<void> => {
    await ask(index)
      .getByRole('button', { name: /^(Answer|Try again)$/ })
      .click();
    await expect(ask(index).getByTestId('verdict')).toContainText(word);
  };
  const hint = async (index: number, text: string): Promise<void> => {
    await ask(index).getByRole('button', { name: 'Hint' }).click();
    await expect(ask(index).getByRole('list', { name: 'Hints' })).toContainText(text);
  };

  // Pages: picked on the map.
  const pick = async (target: number): Promise<void> => {
    // The map still moves to what the step changes.
    await expect(async () => {
      const place = await inspector.data.place(target);
      await page.mouse.click(place.x, place.y);
      expect(await inspected.inspected()).toBe(target);
    }).toPass();
    await ask(0).getByRole('button', { name: 'Add selected pages' }).click();
  };
  await pick(PAGE + 5);
  await expect(ask(0).getByRole('textbox')).toHaveValue('0x100005000');
  await settle(0, 'Not right');
  await hint(0, 'The third.');
  await ask(0).getByRole('button', { name: 'Remove all' }).click();
  await pick(PAGE + 2);
  await expect(ask(0).getByRole('textbox')).toHaveValue('0x100002000');
  await settle(0, 'Right after 2 tries');

  await ask(1).getByRole('textbox').fill('7');
  await settle(1, 'Not right');
  await hint(1, 'The first access.');
  await ask(1).getByRole('textbox').fill('1');
  await settle(1, 'Right after 2 tries');

  // The mapping that the pointer selected before.
  await hint(2, 'There is one.');
  await ask(2).getByRole('button', { name: 'Use the mapping that is selected' }).click();
  await settle(2, 'Right');

  const flag = (name: string) => ask(3).locator(`label:has(input[value="${name}"])`);
  for (const name of ['P', 'A', 'D', 'SD']) await flag(name).click();
  await settle(3, 'Not right');
  await hint(3, 'It was written.');
  await flag('RW').click();
  await settle(3, 'Right after 2 tries');

  await ask(4).getByText('nothing', { exact: true }).click();
  await settle(4, 'A page was missing.');
  await hint(4, 'There was no page.');
  await ask(4).getByText('a new page', { exact: true }).click();
  await settle(4, 'Right after 2 tries');

  // The step as pictures for slides: its title and its call, and the page once it is written.
  await player.forward();
  await expect(page.getByTestId('lesson-call')).toContainText('done');
  await inspector.data.shows([PAGE + 2], PAGE, PAGE + 16);
  const svg = join(folder, 'step.svg');
  const offered = await answerSaveDialog(app, svg);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Export the lesson’s step as an SVG picture' }).click();
  await expect(page.getByText(`Saved as ${svg}`)).toBeVisible();
  expect(await offered()).toEqual([expect.stringMatching(/lesson step 3\.svg$/)]);
  const labels = [...readFileSync(svg, 'utf8').matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);
  expect(labels[0]).toBe('Every kind of question, step 3 · write 0x100002000 1 byte');
  expect(labels.join('\n')).toContain('0x100000000');
  const png = join(folder, 'step.png');
  await answerSaveDialog(app, png);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Export the lesson’s step as a PNG picture' }).click();
  await expect(page.getByText(`Saved as ${png}`)).toBeVisible();
  const size = await page.evaluate(
    async (data) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(data)], { type: 'image/png' }));
      return [bitmap.width, bitmap.height];
    },
    [...readFileSync(png)],
  );
  expect(Math.min(...size)).toBeGreaterThan(200);

  // A mapping that is not the right one.
  await player.forward();
  await player.forward();
  await player.forward();
  const second = (start: number) => ask(0).locator(`label:has(input[value="${start}"])`);
  await second(PAGE + 65_536).click();
  await settle(0, 'Not right');
  await hint(0, 'Look at rw.');
  await second(PAGE).click();
  await settle(0, 'Right after 2 tries');
  await player.forward();
  await player.forward();
  await expect(player.result).toContainText('7 of 18 points');

  // Results for the class.
  await inspector.closeSource();
  const csv = join(folder, 'results.csv');
  await answerSaveDialog(app, csv);
  await page.getByRole('button', { name: 'Export results' }).click();
  await expect(page.getByText(`Saved as ${csv}`)).toBeVisible();
  const rows = csvParse(readFileSync(csv, 'utf8'));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    lesson: 'every-kind',
    finished: 'yes',
    points: '7',
    hints: '6',
    answered: '6',
  });
});

test('a folder that is dropped: its lessons are in the gallery, and open', async ({ launch, folder }) => {
  const week = join(folder, 'week 3');
  mkdirSync(week);
  writeFileSync(join(week, 'first.json'), JSON.stringify(LESSON));
  writeFileSync(
    join(week, 'second.json'),
    JSON.stringify({ ...LESSON, name: 'second', title: 'The second' }),
  );
  writeFileSync(join(week, 'broken.json'), JSON.stringify({ ...LESSON, steps: [{ op: 'jump' }] }));
  const { page } = await launch({ source: 'lesson:race' });
  const player = new LessonPlayer(page);
  await expect(player.panel).toBeVisible();
  await dropFiles(page, [week]);
  // What was open is closed; the folder's lessons are in view, and the first one has the focus.
  const gallery = page.getByRole('region', { name: 'Lessons' });
  await expect(gallery.getByRole('heading', { name: 'week 3' })).toBeInViewport();
  await expect(gallery.getByText(/broken\.json: steps\[0\]/)).toBeVisible();
  await expect(gallery.getByRole('button', { name: /^Every kind of question/ })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(player.panel.getByRole('heading', { name: 'The second' })).toBeVisible();
  await expect(player.panel).toContainText('One write.');

  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await dropFiles(page, [empty]);
  await expect(page.getByRole('alert').first()).toContainText('has no lessons');
});

test('a kernel trace that is dropped is played by sub-steps; a folder of own lessons is in the gallery', async ({
  launch,
  folder,
}) => {
  const profile = join(folder, 'profile');
  const own = join(profile, 'data', 'soft-dirty-inspector', 'lessons');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'mine.json'), JSON.stringify(LESSON));
  writeFileSync(join(own, 'broken.json'), JSON.stringify({ ...LESSON, steps: [{ op: 'jump' }] }));
  const trace = join(folder, 'fork-clean.json');
  copyFileSync(
    join(appFolder, '..', 'main', 'scenarios', 'fixtures', 'directed', '055-fork-clean.json'),
    trace,
  );
  const { page } = await launch({ profile });
  const inspector = new InspectorWindow(page);
  const gallery = page.getByRole('region', { name: 'Lessons' });
  await expect(gallery.getByRole('heading', { name: 'Own lessons' })).toBeVisible();
  await expect(gallery.getByText(/broken\.json: steps\[0\]/)).toBeVisible();

  await dropFiles(page, [trace]);
  await expect(page.getByTestId('step-player').or(page.getByRole('alert')).first()).toBeVisible();
  await expect(page.getByTestId('step-player')).toBeVisible();
  await page.keyboard.press('j');
  await expect(page.getByTestId('step-sentence')).toContainText('returns');
  await expect.poll(async () => (await inspector.data.vmas()).length).toBeGreaterThan(0);
  await inspector.closeSource();

  await gallery.getByRole('button', { name: /^Every kind of question/ }).click();
  await expect(new LessonPlayer(page).panel).toContainText('One write.');
});
