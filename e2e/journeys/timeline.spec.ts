/** The timeline: marks, speed, repetition, phases, live and recorded. */
import { execFile } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { attachDemo, recordDemo } from '../fixtures/recorded-demo.ts';
import { appFolder, freshProfile } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

const run = promisify(execFile);
const commandLine = join(appFolder, 'dist', 'cli.js');

test('marks that are made while recording and while playing survive', async ({ launch, programs }) => {
  const profile = freshProfile();
  const demo = await programs.demo('--lock-step', '--seed', '2');
  const first = await launch({ profile });
  const { timeline, path, tick } = await recordDemo(first.page, demo, 2);
  await first.page.keyboard.press('m');
  await first.page.getByRole('textbox', { name: 'Note' }).fill('the boss appears');
  await first.page.keyboard.press('Enter');
  await expect(timeline.marks).toHaveText(['the boss appears']);
  await tick();
  await timeline.stopRecording();
  await timeline.openRecorded();
  await expect(timeline.marks).toHaveText(['the boss appears']);

  await timeline.goToFrame(1);
  await first.page.keyboard.press('m');
  await first.page.getByRole('textbox', { name: 'Note' }).fill('beginning');
  await first.page.getByRole('radio', { name: 'red' }).click({ force: true });
  await first.page.keyboard.press('Escape');
  await timeline.marks.first().click();
  await first.page.getByRole('textbox', { name: 'Note' }).fill('the very beginning');
  await first.page.getByRole('button', { name: 'Keep' }).click();
  await expect(timeline.marks.first()).toHaveAccessibleName('Mark the very beginning at 0:00.0');
  await first.close();

  const second = await launch({ profile, source: `recording:${path}` });
  const again = new TimelinePanel(second.page, new InspectorWindow(second.page).data);
  await again.opened();
  await expect(again.marks).toHaveText(['the very beginning', 'the boss appears']);
  await again.marks.last().click();
  await expect(again.position).not.toHaveAttribute('aria-valuenow', '0');
  await second.page.getByRole('button', { name: 'Delete' }).click();
  await expect(again.marks).toHaveCount(1);
  await second.close();
  rmSync(profile, { recursive: true });
});

test('a recording is played with the keys: play, faster, slower, loop', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  const timeline = new TimelinePanel(page, window.data);
  await window.live();
  await page.getByRole('radio', { name: 'Interval' }).click();
  await timeline.record();
  await window.data.moreSamples(30);
  await timeline.stopRecording();
  await timeline.openRecorded();
  const speed = timeline.panel.getByRole('button', { name: /Speed/ });
  await expect(speed).toContainText('1×');
  await page.keyboard.press(']');
  await expect(speed).toContainText('2×');
  await page.keyboard.press('[');
  await page.keyboard.press('[');
  await expect(speed).toContainText('0.5×');

  await page.keyboard.press('Space');
  await expect(timeline.panel.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect.poll(async () => (await timeline.frame()).at).toBeGreaterThan(3);
  await page.keyboard.press('Space');
  await expect(timeline.panel.getByRole('button', { name: 'Play' })).toBeVisible();

  // The middle of the recording in a loop: the frame counter goes back by itself.
  const box = await timeline.chart.boundingBox();
  if (!box) throw new Error('no timeline');
  const at = (share: number): readonly [number, number] => [
    box.x + 104 + (box.width - 104) * share,
    box.y + box.height * 0.6,
  ];
  await page.mouse.move(...at(0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.6), { steps: 4 });
  await page.mouse.up();
  await page.keyboard.press('l');
  await expect(timeline.panel.getByRole('button', { name: /^Loop/ })).toHaveAttribute('aria-pressed', 'true');
  await timeline.goToFrame(1);
  await page.keyboard.press(']');
  await page.keyboard.press('Space');
  const seen: number[] = [];
  await expect
    .poll(
      async () => {
        seen.push((await timeline.frame()).at);
        return seen.some((frame, i) => i > 0 && frame < (seen[i - 1] ?? 0) && (seen[i - 1] ?? 0) > 5);
      },
      // More often than the interval repeats, otherwise it might always be at the same frame.
      { intervals: [70] },
    )
    .toBe(true);
  await page.keyboard.press('l');
  await expect.poll(async () => timeline.frame().then(({ at: now, of }) => now === of)).toBe(true);
  await expect(timeline.panel.getByRole('button', { name: 'Play' })).toBeVisible();
});

test(
  'dump and reset takes one phase of the program at a time',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '12');
    const { page } = await launch();
    const { window, timeline } = await attachDemo(page, demo);
    await expect(timeline.panel.getByRole('button', { name: 'Dump and reset' })).toBeEnabled();
    await page.keyboard.press('e');
    await expect(timeline.marks).toHaveText(['Phase 1']);
    await window.data.shows([], demo.start, demo.end, 'left after the first phase');
    const pages = await demo.step(3);
    await window.data.shows(pages, demo.start, demo.end, 'written in the second phase');
    await page.keyboard.press('e');
    await expect(page.getByTestId('dump')).toContainText(/^Phase 2: [\d,]+ pages/);
    const reported = Number(
      ((await page.getByTestId('dump').textContent()) ?? '')
        .replace(/^Phase 2: ([\d,]+).*/, '$1')
        .replaceAll(',', ''),
    );
    // The program's own stack and heap come on top of its buffer.
    expect(reported).toBeGreaterThanOrEqual(pages.size);
    await window.data.shows([], demo.start, demo.end, 'left after the second phase');
    await expect(timeline.marks).toHaveCount(2);
  },
);

test('marks, phases and recordings come from a script too', async ({ launch, programs }) => {
  const demo = await programs.demo('--lock-step', '--seed', '12');
  const { page } = await launch();
  const { timeline } = await attachDemo(page, demo);
  const mark = (...words: string[]): Promise<string> =>
    run(process.execPath, [commandLine, 'mark', '--pid', String(demo.pid), ...words]).then(
      ({ stdout }) => stdout,
    );
  expect(await mark('level loaded')).toMatch(/^Mark "level loaded" at /);
  await expect(timeline.marks).toHaveText(['level loaded']);
  await mark('--phase');
  const pages = await demo.step(3);
  const reported = await mark('--phase', '--json');
  expect(Number((JSON.parse(reported) as { writtenPages: number }).writtenPages)).toBeGreaterThanOrEqual(
    pages.size,
  );
  await expect(timeline.marks).toHaveText(['level loaded', 'Phase 1', 'Phase 2']);
  const file = await mark('--start');
  await expect(timeline.recordButton).toHaveText(/^Stop recording/);
  expect(await mark('--stop')).toBe(file);
  await expect(timeline.recordButton).toHaveText(/^Record/);
  expect(statSync(file.trim()).size).toBeGreaterThan(0);
});

test('the key for phases is registered while it is enabled and a source is open', async ({ launch }) => {
  const { page, app } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  const timeline = new TimelinePanel(page, window.data);
  await window.live();
  const isTaken = (): Promise<boolean> =>
    app.evaluate(({ globalShortcut }) => globalShortcut.isRegistered('Ctrl+Alt+E'));
  expect(await isTaken()).toBe(false);

  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('from any program');
  await page.keyboard.press('Enter');
  await expect.poll(isTaken).toBe(true);
  // Replaces the system's key, which a test cannot press.
  await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.send('shell:menu-action', 'recording.dump'),
  );
  await expect(timeline.marks).toHaveText(['Phase 1']);

  await window.closeSource();
  await expect.poll(isTaken).toBe(false);
});
