/** A session is recorded, its file opened, and every frame shows exactly what the program wrote then. */
import { existsSync, statSync } from 'node:fs';
import { recordDemo } from '../fixtures/recorded-demo.ts';
import { differenceOf, SAME } from '../fixtures/sets.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { answerDialogs } from '../pages/timeline-panel.ts';

test(
  'the recorded demo is played back page by page, forwards and backwards',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '21');
    const { page } = await launch();
    const { window, timeline, path, ticks } = await recordDemo(page, demo, 5);
    await timeline.stopRecording();
    expect(statSync(path).size).toBeGreaterThan(1000);
    await timeline.openRecorded();

    const frames = (await timeline.frame()).of;
    expect(frames).toBeGreaterThanOrEqual(5);
    for (const [i, pages] of ticks.entries()) {
      const shown = await timeline.written(frames - 5 + 1 + i, demo.start, demo.end);
      expect(differenceOf(shown, pages), `tick ${i + 1}`).toEqual(SAME);
    }
    // Back, one frame at a time.
    for (let i = 3; i >= 0; i--) {
      await page.keyboard.press('ArrowLeft');
      await expect.poll(async () => (await timeline.frame()).at).toBe(frames - 4 + i);
      await window.data.shows(ticks[i] ?? [], demo.start, demo.end, `back at tick ${i + 1}`);
    }
  },
);

test('a click on the timeline goes to that time, and the picture is that of the time', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '4');
  const { page } = await launch();
  const { timeline, window, ticks } = await recordDemo(page, demo, 4);
  await timeline.stopRecording();
  await timeline.openRecorded();
  const box = await timeline.chart.boundingBox();
  if (!box) throw new Error('no timeline');
  await expect(timeline.panel.getByRole('group', { name: /^Legend/ })).toBeVisible();
  for (const share of [0.9, 0.35, 0.6]) {
    await page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
    await expect
      .poll(async () => Number(await timeline.position.getAttribute('aria-valuenow')))
      .toBeGreaterThan(0);
    await page.mouse.move(box.x, box.y - 20);
    // The picture is that of the last frame at or before that time; the counter shows which one.
    await expect
      .poll(async () => {
        const { at } = await timeline.frame();
        return differenceOf(await window.data.written(demo.start, demo.end), ticks[at - 1] ?? []);
      })
      .toEqual(SAME);
  }
  await timeline.position.focus();
  await page.keyboard.press('End');
  await window.data.shows(ticks.at(-1) ?? [], demo.start, demo.end, 'shown at the end');
  await page.keyboard.press('Home');
  await expect(timeline.position).toHaveAttribute('aria-valuenow', '0');
  await window.data.shows(ticks[0] ?? [], demo.start, demo.end, 'shown at the beginning');
});

test('a recording ends with its program: nothing has to be stopped, and the file is complete', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '12');
  const { page } = await launch();
  const { timeline, path } = await recordDemo(page, demo, 3);
  demo.kill();
  await expect(page.getByText(`Process ${demo.pid} ended.`).first()).toBeVisible();
  await expect(page.getByText(path)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Stop recording' })).toHaveCount(0);
  await timeline.openRecorded();
  expect((await timeline.frame()).of).toBeGreaterThanOrEqual(3);
  await expect(page.getByText('Damaged recording')).toHaveCount(0);
});

test('when the engine is killed while it records, what was recorded can be opened', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '9');
  const { page, app, enginePid, problems } = await launch();
  problems.expect(/^stderr:/);
  const recorded = await recordDemo(page, demo, 3);
  const { window, timeline, path } = recorded;
  // Everything older than a second is in the file.
  await expect.poll(() => existsSync(path) && statSync(path).size).toBeGreaterThan(0);
  const size = statSync(path).size;
  for (let more = 0; more < 200 && statSync(path).size === size; more++) await recorded.tick();
  process.kill(await enginePid(), 'SIGKILL');
  await expect(window.alerts.first()).toContainText('The tracking engine terminated unexpectedly');
  // Its path is shown, although it ended by itself.
  await expect(page.getByText(path)).toBeVisible();
  await window.restartEngine();
  await expect(window.alerts).toHaveCount(0);

  await answerDialogs(app, path);
  await page.keyboard.press('Control+o');
  await timeline.opened();
  await expect(page.getByText('Damaged recording')).toBeVisible();
  const frames = (await timeline.frame()).of;
  expect(frames).toBeGreaterThanOrEqual(3);
  for (const [i, pages] of recorded.ticks.slice(0, 3).entries()) {
    const shown = await timeline.written(1 + i, demo.start, demo.end);
    expect(differenceOf(shown, pages), `tick ${i + 1}`).toEqual(SAME);
  }
});

test('recording to an existing file is refused, and the file is not changed', async ({ launch }) => {
  const { page, app } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  const taken = new URL('../../package.json', import.meta.url).pathname;
  const before = statSync(taken);
  await answerDialogs(app, taken);
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('Record to a file');
  await page.keyboard.press('Enter');
  await expect(window.alerts.first()).toContainText('package.json');
  expect(statSync(taken).mtimeMs).toBe(before.mtimeMs);
  expect(statSync(taken).size).toBe(before.size);
});
