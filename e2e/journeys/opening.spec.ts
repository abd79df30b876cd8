/** Every way to open a recording: dropped, selected, named on the command line, one of the recent ones, a second start. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import { electronRuntime } from '../../app/setup/electron.mjs';
import { sandboxFlags } from '../../app/setup/sandbox.mjs';
import { appFolder, freshProfile } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { answerDialogs, dropFiles, TimelinePanel } from '../pages/timeline-panel.ts';

const timelineOf = (page: Page): TimelinePanel => new TimelinePanel(page, new InspectorWindow(page).data);
const recent = (page: Page) => page.getByRole('list', { name: 'Recent recordings' }).getByRole('button');

/** A recording of a simulated program; the window returns to the start view. @returns its file */
async function makeRecording(page: Page): Promise<string> {
  const window = new InspectorWindow(page);
  const timeline = new TimelinePanel(page, window.data);
  await window.start.simulate();
  await window.live();
  const path = await timeline.record();
  await window.data.moreSamples(10);
  await timeline.stopRecording();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await window.closeSource();
  return path;
}

test('a recording is dropped, selected in the dialog, and found among the recent ones', async ({
  launch,
}) => {
  const profile = freshProfile();
  const first = await launch({ profile });
  const { page } = first;
  const window = new InspectorWindow(page);
  const timeline = timelineOf(page);
  const path = await makeRecording(page);
  await expect(recent(page)).toHaveCount(1);

  await dropFiles(page, [path]);
  await timeline.opened();
  await expect(page.getByTestId('source-title')).toHaveText('Game loop');
  await expect.poll(() => window.data.writtenCount()).toBeGreaterThan(0);
  await window.closeSource();

  const copy = join(profile, 'moved & renamed.mcap');
  copyFileSync(path, copy);
  await answerDialogs(first.app, null);
  await page.getByRole('form', { name: 'Recorded session' }).getByRole('button', { name: /^Open/ }).click();
  await expect(window.start.view).toBeVisible();
  await answerDialogs(first.app, copy);
  await page.keyboard.press('Control+o');
  await timeline.opened();
  await first.close();

  const second = await launch({ profile });
  await expect(recent(second.page)).toHaveCount(2);
  await expect(recent(second.page).first()).toContainText('moved & renamed.mcap');
  await recent(second.page).last().click();
  await timelineOf(second.page).opened();
  await new InspectorWindow(second.page).closeSource();
  await expect(recent(second.page).first()).toContainText(basename(path));
  await second.page.getByRole('button', { name: 'Clear recent recordings' }).click();
  await expect(recent(second.page)).toHaveCount(0);
  await second.close();
  rmSync(profile, { recursive: true });
});

test('a file that is not a recording is refused with a message, and the open source stays', async ({
  launch,
  folder,
}) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  const text = join(folder, 'notes.mcap');
  writeFileSync(text, 'not a recording at all, but long enough to be read as one');
  await dropFiles(page, [text]);
  await expect(window.alerts.first()).toContainText(/notes\.mcap|not a recording|no recording|MCAP/i);
  await expect(window.start.view).toBeVisible();
  await dropFiles(page, [text, text]);
  await expect(window.alerts.first()).toContainText('2 files were dropped.');

  // The same while a program is tracked: tracking continues.
  await window.start.simulate();
  await window.live();
  await dropFiles(page, [text]);
  await expect(window.alerts.first()).toContainText(/notes\.mcap/);
  await expect(page.getByTestId('source-title')).toHaveText('Game loop');
  await window.data.moreSamples(5);
});

test('a file on the command line is opened, by a second start in the existing window', async ({ launch }) => {
  const profile = freshProfile();
  const first = await launch({ profile });
  const path = await makeRecording(first.page);
  const { executable } = await electronRuntime();
  const folder = join(profile, 'data', 'soft-dirty-inspector', 'recordings');
  const second = spawnSync(
    executable,
    [...sandboxFlags(), `--user-data-dir=${profile}`, appFolder, basename(path)],
    { cwd: folder, encoding: 'utf8', timeout: 20_000 },
  );
  expect(second.status).toBe(0);
  expect(second.stderr).toContain(`recording:${path} is opened there`);
  await timelineOf(first.page).opened();
  await expect(first.page.getByTestId('source-title')).toHaveText('Game loop');
  await first.close();

  const third = await launch({ profile, source: `recording:${path}` });
  await timelineOf(third.page).opened();
  await third.close();
  rmSync(profile, { recursive: true });
});
