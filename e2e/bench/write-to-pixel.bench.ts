/**
 * From a program's write to the pixel: a real process writes, and the window checks at each of its animation frames
 * whether the page is on the map. Sampling at 20 a second alone makes a write wait 25 ms on average, 50 ms at most.
 */
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { quantile, row } from './report.ts';

const ROUNDS = 100;
const PERIOD = 50;

for (const [transport, name] of [
  ['port', 'this machine'],
  ['stream', 'ssh on loopback'],
] as const) {
  test.describe(name, () => {
    test.use({ transport });
    test(`write to pixel at 20 samples a second, ${name}`, async ({ launch, programs }) => {
      const demo = await programs.demo('--lock-step', '--seed', '5');
      const { page } = await launch();
      const inspector = new InspectorWindow(page);
      await inspector.start.attach(demo.pid);
      await inspector.live();
      await page.evaluate(() => window.inspectorDebug.call('session.configure', { hz: 20, mode: 'hold' }));
      const [start, pages] = [demo.start, demo.end - demo.start];

      const latencies: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // Clears the buffer, waits until the picture is clean, and then for the write. The window draws new data in the animation
        // frame that applies them, and shows them with the next one. The data are read once a frame is over: a callback of
        // the same frame could come before that of the window, and count a frame too many.
        const seen = page.evaluate(
          async ([from, count]) => {
            const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
            const afterFrame = async (): Promise<void> => {
              await frame();
              await new Promise((resolve) => setTimeout(resolve));
            };
            const shown = (): boolean =>
              window.inspectorDebug.writtenRuns().some(([a, b]) => a < from + count && b > from);
            await window.inspectorDebug.call('operation.run', {
              op: 'CLEAR',
              start: BigInt(from) * 4096n,
              len: BigInt(count) * 4096n,
              vecLen: 0,
              flags: 0,
            });
            while (shown()) await frame();
            document.title = 'clean';
            while (!shown()) await afterFrame();
            await frame();
            return performance.timeOrigin + performance.now();
          },
          [start, pages] as const,
        );
        await page.waitForFunction(() => document.title === 'clean');
        await page.evaluate(() => (document.title = 'written?'));
        // Spread evenly over the sampling period.
        await page.waitForTimeout((round * 17) % PERIOD);
        const wrote = performance.timeOrigin + performance.now();
        const reported = await demo.step();
        latencies.push((await seen) - wrote);
        expect(reported.size).toBeGreaterThan(0);
      }
      for (const q of [0.5, 0.95, 1]) {
        const label = q === 1 ? 'slowest' : `p${q * 100}`;
        row(
          `write to pixel at 20 Hz, ${name}, ${label}`,
          quantile(latencies, q),
          'ms',
          PERIOD,
          'sampling period',
        );
      }
    });
  });
}
