/**
 * Frames a second with 262,144 pages (1 GiB) on the map, beside the same window with nothing to paint; and the
 * processor time of a frame, which does not depend on what else the machine does.
 */
import { processorTime } from '../fixtures/process-facts.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { row } from './report.ts';

const SECONDS = 8;
const PAGES = 262_144;

test('frames a second at 262,144 pages', async ({ launch }) => {
  const { page, app } = await launch();
  const inspector = new InspectorWindow(page);
  await page.evaluate(async (pages) => {
    const { call } = window.inspectorDebug;
    await call('source.open', {
      kind: 'simulated',
      workload: 'fork-save',
      parameters: { dataset: pages / 256 },
      seed: 1,
    });
    await call('session.configure', { hz: 60, mode: 'interval', paused: false });
  }, PAGES);
  await inspector.live();
  await expect
    .poll(async () => (await inspector.data.vmas()).reduce((sum, { start, end }) => sum + end - start, 0))
    .toBeGreaterThanOrEqual(PAGES);
  await page.keyboard.press('0');
  await inspector.data.moreSamples(10);

  const pids = await app.evaluate((electron) => {
    const of = (type: string): number =>
      electron.app.getAppMetrics().find((metric) => metric.type === type)?.pid ?? 0;
    return { gpu: of('GPU'), view: of('Tab') };
  });
  /** Measures while `keys` are pressed in turn, one an animation frame, each for a third of a second. */
  const measure = async (keys: readonly string[]): Promise<Figures> => {
    const before = { gpu: processorTime(pids.gpu), view: processorTime(pids.view) };
    const counted = await page.evaluate(
      async ([pressed, seconds]) => {
        const began = performance.now();
        const painted = window.inspectorDebug.painted;
        let frames = 0;
        while (performance.now() - began < seconds * 1000) {
          await new Promise(requestAnimationFrame);
          const key = pressed[Math.floor(frames++ / 20) % pressed.length];
          if (key !== undefined) {
            window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
          }
        }
        return {
          painted: window.inspectorDebug.painted - painted,
          frames,
          elapsed: (performance.now() - began) / 1000,
        };
      },
      [keys, SECONDS] as const,
    );
    const { painted, frames, elapsed } = counted;
    return {
      rate: painted / elapsed,
      possible: frames / elapsed,
      gpu: (processorTime(pids.gpu) - before.gpu) / painted,
      view: (processorTime(pids.view) - before.view) / painted,
    };
  };

  const kinds = [
    ['60 samples a second', await measure([])],
    ['the same, panned', await measure(['s', 'w'])],
    ['the same, zoomed', await measure(['+', '-'])],
  ] as const;
  await inspector.pauseSampling();
  const idle = await measure([]);
  process.stdout.write(`${PAGES} pages on the map, ${await inspector.data.painter()} by software\n`);
  for (const [kind, { rate, gpu, view }] of kinds) {
    row(`frames, ${kind}`, rate, '/s', idle.possible, 'idle window');
    row('  processor time a frame: view', view, 'ms');
    row('  processor time a frame: graphics', gpu, 'ms');
  }
});

interface Figures {
  /** Frames painted a second. */
  readonly rate: number;
  /** Animation frames that the window was given a second. */
  readonly possible: number;
  /** Milliseconds of processor time a frame painted. */
  readonly gpu: number;
  readonly view: number;
}
