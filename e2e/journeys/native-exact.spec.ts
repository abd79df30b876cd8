/** A real process: the pages that it reports as written are the pages that the window shows, none lost, none invented. */
import type { ElectronApplication } from '@playwright/test';
import type { Demo } from '../fixtures/demo.ts';
import { differenceOf, SAME, type Difference } from '../fixtures/sets.ts';
import { expect, test } from '../fixtures/test.ts';
import { pagesOf } from '../pages/debug.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const PANEL_ROUNDS = 10;
const ROUNDS = 1000;

/**
 * GET_AND_CLEAR of the demo's buffer by the command that the panel sends, over the window's own connection; without the
 * panel's form and without a paint. @returns the pages reported
 */
async function getAndClear({ page }: InspectorWindow, demo: Demo): Promise<number[]> {
  const runs = await page.evaluate(
    async ([start, pages]) => {
      const result = await window.inspectorDebug.call('operation.run', {
        op: 'GET_AND_CLEAR',
        start: BigInt(start) * 4096n,
        len: BigInt(pages) * 4096n,
        vecLen: pages,
        flags: 0,
      });
      if (!result.ok) throw new Error(`${result.errno}: ${result.message}`);
      return [...result.runs];
    },
    [demo.start, demo.end - demo.start] as const,
  );
  return pagesOf(
    Array.from({ length: runs.length / 2 }, (_, i) => {
      const first = runs[2 * i] ?? 0;
      return [first, first + (runs[2 * i + 1] ?? 0)] as const;
    }),
  );
}

/** Hidden: nothing is painted, so no frame is acknowledged, and the engine merges all of them into one. */
function hide(app: ElectronApplication): Promise<void> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
}

test(
  '1,000 rounds of get+clear, ten by the panel and the rest by its command: every page exactly once',
  { tag: '@both' },
  async ({ launch, programs }) => {
    test.setTimeout(120_000);
    const demo = await programs.demo('--lock-step', '--seed', '7');
    const { page, app } = await launch();
    const window = new InspectorWindow(page);
    await window.start.attach(demo.pid);
    await window.live();
    await window.operations.range(demo.start, demo.end);
    await window.operations.run('GET');
    expect(await window.operations.ret()).toBe(0);

    for (let round = 0; round < PANEL_ROUNDS; round++) {
      const announced = await demo.step();
      await window.data.shows(announced, demo.start, demo.end, `shown in round ${round}`);
      await window.operations.run('GET_AND_CLEAR');
      expect(await window.operations.ret(), `returned in round ${round}`).toBe(announced.size);
      await window.data.shows([], demo.start, demo.end, `left after round ${round}`);
    }
    await hide(app);
    // One step and one assertion for all: each would cost more than its round, and Playwright searches all steps of a test for each more.
    await test.step('rounds by the command', async () => {
      const wrong: [round: number, difference: Difference][] = [];
      for (let round = PANEL_ROUNDS; round < ROUNDS; round++) {
        const announced = await demo.step(1 + (round % 3));
        const difference = differenceOf(await getAndClear(window, demo), announced);
        if (difference.counts !== SAME.counts) wrong.push([round, difference]);
      }
      expect(wrong).toEqual([]);
    });
    const announced = await demo.step(3);
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.show());
    await window.data.shows(announced, demo.start, demo.end, 'shown after all rounds');
  },
);

test('a program that never waits: all rounds together report exactly what it wrote', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--hz', '250', '--seed', '11');
  const { page, app } = await launch();
  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();

  await hide(app);

  // Begin and end are within a tick, which may have written a part of its pages: that part may be reported or not.
  await demo.stop();
  await getAndClear(window, demo);
  const first = demo.ticks.length;
  demo.resume();
  const reported = new Set<number>();
  for (let round = 0; round < 300; round++) {
    for (const one of await getAndClear(window, demo)) reported.add(one);
  }
  await demo.stop();
  for (const one of await getAndClear(window, demo)) reported.add(one);
  const last = demo.ticks.length;
  demo.resume();
  await expect.poll(() => demo.ticks.length).toBeGreaterThan(last);

  const wholeTicks = demo.ticks.slice(first + 1, last);
  const partTicks = [...(demo.ticks[first] ?? []), ...(demo.ticks[last] ?? [])];
  expect(wholeTicks.length).toBeGreaterThan(100);
  const announced = new Set(wholeTicks.flat());
  const certain = [...reported].filter((one) => announced.has(one) || !partTicks.includes(one));
  expect(differenceOf(certain, announced)).toEqual(SAME);
});
