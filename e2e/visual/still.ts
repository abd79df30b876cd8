import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { expect } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A simulated program paused before its first step, its memory set up: the same on every machine, and all
 * written at one time, so its heat is too.
 */
export async function openStill(page: Page, workload = 'game-loop'): Promise<InspectorWindow> {
  await page.evaluate(async (name) => {
    const { call } = window.inspectorDebug;
    await call('session.configure', { paused: true, mode: 'hold' });
    await call('source.open', { kind: 'simulated', workload: name, parameters: {}, seed: 7 });
  }, workload);
  const inspector = new InspectorWindow(page);
  await inspector.live();
  await inspector.data.settled();
  return inspector;
}

/** `session.json` as a recording: one frame per step, with the times of the file, so that nothing depends on this machine. */
export async function recordSession(): Promise<{ readonly path: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'inspector-visual-'));
  const path = join(folder, 'session.mcap');
  const words = ['record', '--scenario', 'e2e/visual/session.json', '--out', path];
  await promisify(execFile)(process.execPath, ['app/setup/command.mjs', 'cli', ...words], { cwd: root });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Opens the recording and steps to a frame (from 1). */
export async function openSession(page: Page, path: string, frame: number): Promise<InspectorWindow> {
  await page.evaluate(
    (file) => window.inspectorDebug.call('source.open', { kind: 'recording', path: file }),
    path,
  );
  const inspector = new InspectorWindow(page);
  await new TimelinePanel(page, inspector.data).opened();
  await walkTo(inspector, frame);
  await inspector.data.settled();
  return inspector;
}

/**
 * From the beginning to a frame, which is not the first, one picture after the other, so that heat and history are the
 * same each time.
 */
export async function walkTo({ page, data }: InspectorWindow, frame: number): Promise<void> {
  const timeline = new TimelinePanel(page, data);
  for (let at = 1; at <= frame; at++) {
    await timeline.position.focus();
    await page.keyboard.press(at === 1 ? 'Home' : 'ArrowRight');
    await expect.poll(async () => (await timeline.frame()).at).toBe(at);
    await timeline.pictureIsThere();
  }
  await data.ratesAreThere();
}
