/** From the start of the process to the first contentful paint, beside an empty window of the same Electron. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chromium } from '@playwright/test';
import { electronRuntime } from '../../app/setup/electron.mjs';
import { sandboxFlags } from '../../app/setup/sandbox.mjs';
import { appFolder, pictureFlags } from '../fixtures/launch.ts';
import { test } from '../fixtures/test.ts';
import { quantile, row } from './report.ts';

const ROUNDS = 7;

const EMPTY_MAIN = `
const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => new BrowserWindow({ width: 1440, height: 900 }).loadFile('index.html'));
app.on('window-all-closed', () => app.quit());
`;

/** An application that shows one line of text and does nothing else. */
function emptyApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'empty-app-'));
  writeFileSync(join(folder, 'package.json'), '{"name":"empty","version":"1.0.0","main":"main.cjs"}');
  writeFileSync(join(folder, 'main.cjs'), EMPTY_MAIN);
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Empty</title><h1>Empty</h1>');
  return folder;
}

/** Milliseconds from spawning Electron to the first contentful paint. */
async function firstPaint(app: string): Promise<number> {
  const { executable } = await electronRuntime();
  const profile = mkdtempSync(join(tmpdir(), 'first-paint-'));
  const began = Date.now();
  const child = spawn(
    executable,
    [...sandboxFlags(), ...pictureFlags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, app],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`Electron ended with ${code}`)));
  });
  // Read afterwards, so that the start is not disturbed: the browser keeps the time of the paint.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
  const paint = await page?.waitForFunction(() => {
    const [entry] = performance.getEntriesByName('first-contentful-paint');
    return entry && performance.timeOrigin + entry.startTime;
  });
  const time = (await paint?.jsonValue()) ?? NaN;
  await browser.close();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
  rmSync(profile, { recursive: true, force: true });
  return time - began;
}

test('start to first paint', async () => {
  const empty = emptyApp();
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(await firstPaint(empty));
    ours.push(await firstPaint(appFolder));
  }
  rmSync(empty, { recursive: true });
  const base = quantile(theirs, 0.5);
  row('start to first paint, median', quantile(ours, 0.5), 'ms', base, 'empty window');
  row('start to first paint, best', Math.min(...ours), 'ms', Math.min(...theirs), 'empty window');
});
