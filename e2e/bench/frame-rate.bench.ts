/**
 * The map at 1, 4 and 16 Mi pages (4, 16, 64 GiB): frames a second and script per frame while it is fed 60 samples a
 * second, panned and zoomed, beside a painter that draws a rectangle per page; memory of the window a page; rows that
 * were painted again. Processor time does not depend on other load.
 */
import type { Page } from '@playwright/test';
import { processorTime, residentBytes } from '../fixtures/process-facts.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { naivePainter } from './naive-painter.ts';
import { row } from './report.ts';

const SECONDS = 5;
const SIZES = [2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24];
const SIZE = { width: 1280, height: 800 };

for (const pages of SIZES) {
  const title = pages < 2 ** 20 ? `${pages} pages` : `${pages / 2 ** 20} Mi pages`;
  test(`frames a second at ${title}`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch();
    await setWindowSize(app, SIZE.width, SIZE.height);
    const inspector = new InspectorWindow(page);
    const pids = await app.evaluate((electron) => {
      const of = (type: string): number =>
        electron.app.getAppMetrics().find((metric) => metric.type === type)?.pid ?? 0;
      return { gpu: of('GPU'), view: of('Tab') };
    });
    await open(inspector, 2 ** 8);
    await collectGarbage(page);
    const empty = residentBytes(pids.view);
    await open(inspector, pages);
    await inspector.data.moreSamples(10);
    await collectGarbage(page);
    const resident = residentBytes(pids.view) - empty;

    const naive = await naivePainter(page);
    await page.keyboard.press('0');
    await inspector.data.moreSamples(10);
    const measure = (keys: readonly string[]): Promise<Figures> => measureFrames(page, pids, keys);
    const kinds: [string, Figures][] = [
      ['live, 60 samples a second', await measure([])],
      ['live and zoomed', await measure(['+', '-'])],
    ];
    // Twice the fitting size, so that panning is possible.
    for (let i = 0; i < 3; i++) await page.keyboard.press('+');
    kinds.push(['live and panned', await measure(['s', 'w'])]);
    await inspector.pauseSampling();
    const still = await measure(['s', 'w']);
    kinds.push(['paused and panned', still]);
    const idle = await measure([]);

    process.stdout.write(
      `\n${title} on the map, ${SIZE.width} × ${SIZE.height}, ${await inspector.data.painter()}\n`,
    );
    row('a rectangle per page: script of one frame', naive, 'ms');
    for (const [kind, { rate, samples, possible, p50, p95, gpu, view, uploaded }] of kinds) {
      row(`${kind}: animation frames`, possible, '/s', idle.possible, 'idle window');
      row('  of them painted, as something changed', rate, '/s');
      row('  of them with another sample', samples, '/s');
      row('  script per frame, p50', p50, 'ms', naive, 'rectangles');
      row('  script per frame, p95', p95, 'ms', naive, 'rectangles');
      row('  processor time a frame: view', view, 'ms');
      row('  processor time a frame: graphics', gpu, 'ms');
      row('  rows painted again a frame', uploaded, '');
    }
    row('window memory a page', resident / pages, 'bytes', 8, 'aim');
  });
}

async function open(inspector: InspectorWindow, pages: number): Promise<void> {
  const { page } = inspector;
  await page.waitForFunction(() => window.inspectorDebug.call('session.state', {}).then(() => true));
  await page.evaluate(async (count) => {
    const { call } = window.inspectorDebug;
    await call('source.open', {
      kind: 'simulated',
      workload: 'fork-save',
      parameters: { dataset: count / 256, interval: 10_000 },
      seed: 1,
    });
    await call('session.configure', { hz: 60, mode: 'interval', paused: false });
  }, pages);
  await inspector.live();
  await expect
    .poll(async () => (await inspector.data.vmas()).reduce((sum, { start, end }) => sum + end - start, 0), {
      timeout: 60_000,
    })
    .toBeGreaterThanOrEqual(pages);
}

/** Measures while `keys` are pressed in turn, one an animation frame, each for twenty. */
async function measureFrames(
  page: Page,
  pids: { readonly gpu: number; readonly view: number },
  keys: readonly string[],
): Promise<Figures> {
  const before = { gpu: processorTime(pids.gpu), view: processorTime(pids.view) };
  const counted = await page.evaluate(
    async ([pressed, seconds]) => {
      const debug = window.inspectorDebug;
      const began = performance.now();
      const { painted, uploaded } = debug;
      let [frames, samples, last] = [0, 0, debug.sequence];
      while (performance.now() - began < seconds * 1000) {
        await new Promise(requestAnimationFrame);
        if (debug.sequence !== last) samples++;
        last = debug.sequence;
        const key = pressed[Math.floor(frames++ / 20) % pressed.length];
        if (key !== undefined) {
          window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        }
      }
      return {
        painted: debug.painted - painted,
        uploaded: debug.uploaded - uploaded,
        p50: debug.frameCost(0.5),
        p95: debug.frameCost(0.95),
        frames,
        samples,
        elapsed: (performance.now() - began) / 1000,
      };
    },
    [keys, SECONDS] as const,
  );
  const { painted, uploaded, frames, samples, elapsed, p50, p95 } = counted;
  return {
    rate: painted / elapsed,
    possible: frames / elapsed,
    samples: samples / elapsed,
    p50,
    p95,
    uploaded: uploaded / painted,
    gpu: (processorTime(pids.gpu) - before.gpu) / painted,
    view: (processorTime(pids.view) - before.view) / painted,
  };
}

async function collectGarbage(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.detach();
}

interface Figures {
  /** Frames painted a second. */
  readonly rate: number;
  /** Animation frames that the window was given a second. */
  readonly possible: number;
  /** Those of them in which another sample was shown than in the one before. */
  readonly samples: number;
  /** Script of a frame in milliseconds: frames applied, rows, pixels, labels. */
  readonly p50: number;
  readonly p95: number;
  /** Rows painted again or sent to the graphics card, a frame. */
  readonly uploaded: number;
  /** Milliseconds of processor time a frame painted. */
  readonly gpu: number;
  readonly view: number;
}
