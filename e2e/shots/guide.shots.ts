/** The pictures of README.md and the user guide, which the window shows too: `npm run shots -- guide` writes them to app/resources. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { KnownWriters } from '../fixtures/known-writers.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { LessonPlayer } from '../pages/lesson-player.ts';

const folder = fileURLToPath(new URL('../../app/resources/guide', import.meta.url));

async function shoot(page: Page, name: string): Promise<void> {
  // No control is described or focused in a picture.
  await page.mouse.move(640, 4);
  await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled', caret: 'hide' });
}

test('start, window, address × time', async ({ launch, programs, setWindowSize }) => {
  const game = await KnownWriters.start(programs);
  const { page, app } = await launch();
  await setWindowSize(app, 1280, 800);
  await page.emulateMedia({ colorScheme: 'dark' });
  const inspector = new InspectorWindow(page);
  await expect(inspector.start.card('Simulated program').getByRole('button', { name: 'Simulate' })).toBeEnabled();
  // One program, whatever else this machine runs.
  await page.getByRole('textbox', { name: 'Search processes' }).fill('known-writers');
  await inspector.start.select(game.pid);
  await expect(page.getByTestId('attach-effects')).toBeVisible();
  await shoot(page, 'start');

  await inspector.start.simulate();
  await inspector.live();
  await page.getByRole('radio', { name: 'Interval' }).click();
  await inspector.data.moreSamples(150);
  await shoot(page, 'window');
  await page.getByRole('tab', { name: 'Address × time' }).click();
  await inspector.data.moreSamples(60);
  await shoot(page, 'address-time');
});

test('the picture of README.md', async ({ launch, setWindowSize }) => {
  const { page, app } = await launch({ source: 'simulated' });
  await setWindowSize(app, 1440, 873);
  await page.emulateMedia({ colorScheme: 'dark' });
  const inspector = new InspectorWindow(page);
  await inspector.live();
  await inspector.data.moreSamples(30);
  await page.keyboard.press('n');
  await inspector.data.moreSamples(20);
  await shoot(page, '../readme');
});

test('lesson', async ({ launch, setWindowSize }) => {
  const { page, app } = await launch();
  await setWindowSize(app, 1280, 800);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page
    .getByRole('region', { name: 'Lessons' })
    .getByRole('button', { name: /^First touch/ })
    .click();
  const player = new LessonPlayer(page);
  await expect(player.panel).toBeVisible();
  while ((await player.questions.count()) === 0) await player.forward();
  await shoot(page, 'lesson');
});

test('step by step', async ({ launch, setWindowSize }) => {
  const { page, app } = await launch();
  await setWindowSize(app, 1280, 800);
  await page.emulateMedia({ colorScheme: 'dark' });
  const scenario = {
    name: 'a write, a clear, a write',
    steps: [
      { op: 'mmap', addr: '0x100000000', len: 65536, prot: 'rw', kind: 'anon-private' },
      { op: 'write', addr: '0x100003000', len: 1 },
      { op: 'clear_refs' },
      { op: 'write', addr: '0x100003000', len: 1 },
    ],
  };
  await page.evaluate(
    (text) => window.inspectorDebug.call('source.open', { kind: 'scenario', name: 'write.json', text }),
    JSON.stringify(scenario),
  );
  await page.evaluate(() => window.inspectorDebug.call('steps.move', { to: 'call', call: 4 }));
  await page.evaluate(() => window.inspectorDebug.call('steps.move', { to: 'back' }));
  await page.getByTestId('step-sentence').filter({ hasText: 'gains RW' }).waitFor();
  await page.keyboard.press('p');
  await page.getByRole('list', { name: 'Chain of causes' }).first().waitFor();
  await shoot(page, 'steps');
});
