/** The engine elsewhere: the window works the same over a byte stream; what happens when the stream breaks. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { askedQuestions } from '../fixtures/launch.ts';
import { processFacts } from '../fixtures/process-facts.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

// About what one process keeps or permits, or its end.
test.use({ ownProgram: true });

/** Engines that serve a stream below this process. */
function servers(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && commandLine(pid).endsWith('cli.js\0serve\0--stdio\0'));
}

const holdWrites = (page: Page) =>
  page.evaluate(() => window.inspectorDebug.call('session.configure', { mode: 'hold' }));

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('connects from the start view, attaches there, and shows what is written', async ({
  launch,
  programs,
  elsewhere,
}) => {
  const before = new Set(servers());
  const demo = await programs.demo('--lock-step');
  const inspector = await launch();
  const { page, app } = inspector;
  const where = page.getByRole('form', { name: 'Engine' });
  await where.getByRole('button', { name: /Engine/ }).click();
  await page.getByRole('option', { name: 'Command, such as for a container' }).click();
  await expect(where).toContainText('Until then, everything below is about this machine.');
  await where.getByRole('textbox', { name: 'Command' }).fill(elsewhere.command);
  await where.getByRole('button', { name: 'Connect' }).click();
  // The whole form: with the reason if the connection failed.
  await expect(where).toContainText('Connected');
  expect(await askedQuestions(app)).toEqual([expect.stringContaining(elsewhere.command)]);

  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();
  expect((await askedQuestions(app))[1]).toContain(`Attach to process ${demo.pid} on env PATH=`);
  await holdWrites(page);
  const pages = await demo.step();
  await expect
    .poll(async () => {
      const written = new Set(await window.data.written(demo.start, demo.end));
      return [...pages].filter((one) => !written.has(one));
    })
    .toEqual([]);

  await inspector.close();
  await expect.poll(() => servers().filter((pid) => !before.has(pid))).toEqual([]);
  expect(processFacts(demo.pid)).toMatchObject({ tracer: 0, trackedVmas: 0 });
});

test('a program is launched there from the command line, and recorded there, then here', async ({
  launch,
  programs,
  elsewhere,
}) => {
  const { page, app } = await launch({
    words: [`--via=${elsewhere.command}`, '--source=launch:/bin/sh -c "echo from there; exec sleep 600"'],
  });
  const window = new InspectorWindow(page);
  await window.live();
  programs.endLater(await window.pid());
  await page.getByRole('button', { name: 'Program output' }).click();
  await expect(page.getByRole('log', { name: 'Program output' })).toContainText('from there');
  // It was named on the command line.
  expect(await askedQuestions(app)).toEqual([]);

  const timeline = new TimelinePanel(page, window.data);
  await timeline.panel.getByRole('button', { name: /Record on/ }).click();
  await page.getByRole('option', { name: elsewhere.command }).click();
  const there = await timeline.record();
  await window.data.moreSamples(3);
  await timeline.stopRecording();
  await expect(page.getByText(`${there} on ${elsewhere.command}`)).toBeVisible();
  await page.getByRole('button', { name: 'Fetch it' }).click();
  await expect(page.getByRole('button', { name: 'Open it', exact: true })).toBeVisible();
  expect((await askedQuestions(app))[0]).toContain(there);

  await timeline.panel.getByRole('button', { name: /Record on/ }).click();
  await page.getByRole('option', { name: 'This machine' }).click();
  const here = await timeline.record();
  await window.data.moreSamples(3);
  await timeline.stopRecording();
  expect(statSync(here).size).toBeGreaterThan(500);
  await timeline.openRecorded();
  // A recording is opened by this machine's engine.
  await expect(page.getByText('Damaged recording')).toHaveCount(0);
  expect((await timeline.frame()).of).toBeGreaterThanOrEqual(3);
});

test('a connection that breaks keeps the picture, and is made again by a button', async ({
  launch,
  programs,
  elsewhere,
}) => {
  const before = new Set(servers());
  const demo = await programs.demo('--lock-step');
  const { page } = await launch({ source: `pid:${demo.pid}`, words: [`--via=${elsewhere.command}`] });
  const window = new InspectorWindow(page);
  await window.live();
  for (const pid of servers().filter((one) => !before.has(one))) process.kill(pid, 'SIGKILL');
  const banner = page.getByRole('alert').filter({ hasText: 'No connection to the engine' });
  await expect(banner).toBeVisible();
  await expect(window.map).toBeVisible();
  await banner.getByRole('button', { name: 'Reconnect' }).click();
  await expect(banner).toBeHidden();
  await page.getByRole('button', { name: 'Open it again' }).click();
  await window.live();
  expect(processFacts(demo.pid)).toMatchObject({ tracer: 0 });
});

test('a machine that cannot be reached is explained, and this one stays in use', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step');
  const { page } = await launch();
  const where = page.getByRole('form', { name: 'Engine' });
  await where.getByRole('button', { name: /Engine/ }).click();
  await page.getByRole('option', { name: 'Another machine (ssh)' }).click();
  await where.getByRole('textbox', { name: 'Machine' }).fill('127.0.0.1:1');
  await where.getByRole('button', { name: 'Connect' }).click();
  await expect(where.getByRole('alert')).toContainText('Connection refused');
  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();
});

test('without consent no connection is made, and what is allowed here is not allowed there', async ({
  launch,
  elsewhere,
}) => {
  const before = new Set(servers());
  const { page } = await launch({ consent: false });
  const reply = await page.evaluate(
    (words) => window.shell?.useEngine({ kind: 'command', words }),
    elsewhere.command.split(' '),
  );
  expect(reply).toEqual({ status: 'cancelled' });
  expect(servers().filter((pid) => !before.has(pid))).toEqual([]);
});
