/** Effects of the inspector on a tracked program, and on one that it must not touch. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { launchAsOrdinaryUser } from '../fixtures/ordinary-user.ts';
import { processFacts, seccompMode, userOf } from '../fixtures/process-facts.ts';
import { freePid, isRoot } from '../fixtures/programs.ts';
import { differenceOf, SAME } from '../fixtures/sets.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

/** Running or sleeping, not traced, no memory tracked. */
const FREE = { state: expect.stringMatching(/[RS]/) as unknown, tracer: 0, trackedVmas: 0 };

test('after the window is closed the program runs on and is no longer tracked', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step');
  const inspector = await launch();
  const window = new InspectorWindow(inspector.page);
  await window.start.attach(demo.pid);
  await window.live();
  await demo.step();
  // Shows that the check can fail: while the program is tracked, its memory is registered, and no process traces it.
  expect(processFacts(demo.pid).trackedVmas).toBeGreaterThan(0);
  expect(processFacts(demo.pid).tracer).toBe(0);

  await inspector.close();
  expect(processFacts(demo.pid)).toEqual(FREE);
  expect((await demo.step()).size).toBeGreaterThan(0);
});

test('closing the source detaches at once', { tag: '@both' }, async ({ launch, programs }) => {
  const demo = await programs.demo('--lock-step');
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();
  await window.closeSource();
  await expect.poll(() => processFacts(demo.pid)).toEqual(FREE);
});

/** Gone, or a zombie that was not reaped yet. */
function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

/** Starts the demo program, waits until pages of its buffer are written, and returns its pid. */
async function startWrittenDemo(window: InspectorWindow): Promise<number> {
  await window.start.startDemo();
  await window.live();
  const { start, end } = await window.data.demoBuffer();
  await expect.poll(async () => (await window.data.written(start, end)).length).toBeGreaterThan(0);
  return window.pid();
}

test('the demo program is tracked from its first page on, and ends with the window', async ({ launch }) => {
  const inspector = await launch();
  const window = new InspectorWindow(inspector.page);
  const pid = await startWrittenDemo(window);
  await inspector.close();
  await expect.poll(() => hasEnded(pid)).toBe(true);
});

test('a process that does not exist', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  const pid = freePid();
  await window.start.attach(pid);
  await expect(window.start.attachProblem()).toContainText(`There is no process ${pid}.`);
  await expect(window.start.view).toBeVisible();
});

test('a process that another inspector tracks and paused', async ({ launch, programs }) => {
  const demo = await programs.demo('--lock-step');
  // The other inspector traces it while it is paused.
  const first = await launch();
  const holder = new InspectorWindow(first.page);
  await holder.start.attach(demo.pid);
  await holder.live();
  await first.page.getByRole('button', { name: 'Pause program' }).click();
  const tracer = await first.enginePid();
  await expect.poll(() => processFacts(demo.pid).tracer).toBe(tracer);

  const second = await launch();
  const window = new InspectorWindow(second.page);
  await window.start.attach(demo.pid);
  // Traced, so that nothing can be registered in it: its contents are compared, which only reads.
  await window.live();
  const backend = async () => {
    const state = await second.page.evaluate(() =>
      globalThis.window.inspectorDebug.call('session.state', {}),
    );
    return state.source?.description.backend ?? '';
  };
  expect(await backend()).toMatch(/compar/i);
  expect(processFacts(demo.pid).tracer).toBe(tracer);

  // The first one is closed with the program still stopped: that must not leave it stopped.
  await first.close();
  expect(processFacts(demo.pid)).toEqual(FREE);
  expect((await demo.step()).size).toBeGreaterThan(0);
});

test('as an ordinary user: sandboxed, its own programs, and no others', async ({ programs }) => {
  // Where the tests run as root, their own programs are another user's; else the first process is.
  const stranger = isRoot() ? await programs.sleeper() : 1;
  // Named on the command line: the shell's permission dialog could not be answered here.
  const inspector = await launchAsOrdinaryUser([`--source=pid:${stranger}`]);
  try {
    const window = new InspectorWindow(inspector.page);
    expect(userOf(inspector.pid)).not.toBe(0);
    expect(inspector.arguments).not.toContain('--no-sandbox');
    expect(seccompMode(await viewPid(inspector.pid))).toBe(2);

    await expect(window.alerts.filter({ hasText: 'This process belongs to another user' })).toBeVisible();
    await expect(window.start.view).toBeVisible();
    const card = window.start.card('Attach to a process');
    await card.getByRole('textbox', { name: 'Search processes' }).fill(String(stranger));
    await card.getByRole('option', { name: new RegExp(`^\\S+ ${stranger} `) }).click();
    await expect(card.getByRole('button', { name: 'Attach as administrator' })).toBeVisible();

    const pid = await startWrittenDemo(window);
    expect(userOf(pid)).toBe(userOf(inspector.pid));
    process.kill(pid, 'SIGKILL');
    await expect(inspector.page.getByText(/ended/).first()).toBeVisible();
  } finally {
    await inspector.close();
  }
});

test(
  'a program that ends: reported, and its last picture stays',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '9');
    const { page } = await launch();
    const window = new InspectorWindow(page);
    await window.start.attach(demo.pid);
    await window.live();
    const reported = await demo.step(2);
    await window.data.shows(reported, demo.start, demo.end);
    demo.kill();
    await expect(page.getByRole('status').filter({ hasText: 'ended' }).first()).toBeVisible();
    expect(differenceOf(await window.data.written(demo.start, demo.end), reported)).toEqual(SAME);
    // Nothing suggests that it is running, and the event is listed.
    await expect(page.getByTestId('source-state')).toHaveText('exited');
    for (const name of ['Pause sampling', 'Take one sample', /^Record/, /^GET/])
      await expect(page.getByRole('button', { name }).first()).toBeDisabled();
    await expect(page.getByRole('list', { name: 'Program events' })).toContainText('exit');
  },
);

/** @returns how often the start view has been added to the page since */
async function countStartViews(page: Page): Promise<() => Promise<number>> {
  const seen = await page.evaluateHandle(() => {
    const count = { views: 0 };
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes)
          if (node instanceof Element && node.matches('main[aria-label="Start"]')) count.views++;
    }).observe(document.body, { childList: true, subtree: true });
    return count;
  });
  return () => seen.evaluate(({ views }) => views);
}

test('kill -9 of the engine: the program continues, the picture stays, a restart recovers', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '3');
  const inspector = await launch();
  const window = new InspectorWindow(inspector.page);
  await window.start.attach(demo.pid);
  await window.live();
  const reported = await demo.step(3);
  await window.data.shows(reported, demo.start, demo.end);

  process.kill(await inspector.enginePid(), 'SIGKILL');
  await expect(
    window.alerts.filter({ hasText: 'The tracking engine terminated unexpectedly.' }),
  ).toContainText('SIGKILL');
  await expect(inspector.page.getByTestId('source-state')).toHaveText('stopped');
  await expect(inspector.page.getByRole('button', { name: 'Take one sample' })).toBeDisabled();
  await expect.poll(() => processFacts(demo.pid)).toEqual(FREE);
  expect((await demo.step()).size).toBeGreaterThan(0);
  await expect(window.map).toBeVisible();
  expect(differenceOf(await window.data.written(demo.start, demo.end), reported)).toEqual(SAME);

  await window.restartEngine();
  await expect(window.alerts).toHaveCount(0);
  // The mode is that of the toolbar: the start view, whose form has one too, is not shown in between.
  const startViews = await countStartViews(inspector.page);
  await inspector.page.getByRole('button', { name: 'Open it again' }).click();
  await expect.poll(() => processFacts(demo.pid).trackedVmas).toBeGreaterThan(0);
  await inspector.page.getByRole('radio', { name: 'Hold' }).click();
  await expect(inspector.page.getByRole('contentinfo', { name: 'Figures' })).toContainText(
    'since last clear',
  );
  expect(await startViews()).toBe(0);
  const again = await demo.step(2);
  await window.data.shows(again, demo.start, demo.end);
});

/** The process that shows the window's view. */
async function viewPid(shell: number): Promise<number> {
  const { readdirSync } = await import('node:fs');
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number): boolean => pid === shell || (pid > 1 && below(parents.get(pid) ?? 0));
  const views = [...parents.keys()].filter(
    (pid) => below(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer'),
  );
  const [view] = views;
  if (view === undefined) throw new Error('There is no view.');
  return view;
}

test('a launched program is stopped only once that is confirmed', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.startDemo();
  await window.live();
  const pid = await window.pid();
  const dialog = page.getByRole('alertdialog');
  await page.getByRole('button', { name: 'Stop program' }).click();
  await expect(dialog).toContainText(`Process ${pid} is killed`);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId('source-state')).toHaveText('running');
  await page.getByRole('button', { name: 'Stop program' }).click();
  await dialog.getByRole('button', { name: 'Stop program' }).click();
  await expect(page.getByTestId('source-state')).toHaveText('exited');
});
