/** Address × time shows the whole session, or the whole recording without playing it, at the positions of its axes. */
import type { Page } from '@playwright/test';
import type { Demo } from '../fixtures/demo.ts';
import { recordDemo } from '../fixtures/recorded-demo.ts';
import { expect, test } from '../fixtures/test.ts';
import { zoomTo } from '../fixtures/zoom.ts';

test('each frame’s pages are read cell by cell, and the position is that of the timeline', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '17');
  const { page } = await launch();
  const { timeline, ticks } = await recordDemo(page, demo, 4);
  await page.getByRole('tab', { name: 'Address × time' }).click();
  const chart = page.getByTestId('address-time');
  const readout = page.getByTestId('addrtime-readout');
  await expect(chart).toBeVisible();

  await showBuffer(page, demo);

  // The frames of the ticks are the last four; each is visited and shows how much of the buffer it wrote.
  await chart.focus();
  await page.keyboard.press('End');
  for (let i = 3; i >= 0; i--) {
    await expect(readout).toContainText(`${ticks[i]?.size} pages in this interval`);
    const text = await readout.textContent();
    const time = Number(await timeline.position.getAttribute('aria-valuenow'));
    expect(time).toBeGreaterThan(0);
    expect(text).toContain(`${Math.floor(time / 60_000)}:`);
    await page.keyboard.press('ArrowLeft');
  }

  // A click selects page and time; the map shows the same page.
  const box = await chart.boundingBox();
  if (!box) throw new Error('no chart');
  await page.mouse.click(box.x + box.width - 12, box.y + box.height / 2);
  await expect(timeline.position).not.toHaveAttribute('data-live');
  await painted(page);
  const [dotStart = NaN, dotEnd = NaN] = dotOf((await page.locator('#addrtime-cell').textContent()) ?? '');
  expect(dotStart).toBeGreaterThanOrEqual(demo.start);
  expect(dotStart).toBeLessThan(demo.end);
  await page.getByRole('tab', { name: 'Address map' }).click();
  const shown = /0x[0-9a-f]+/.exec((await page.getByTestId('readout').textContent()) ?? '')?.[0] ?? 'none';
  expect(Number(shown) / 4096).toBeGreaterThanOrEqual(dotStart);
  expect(Number(shown) / 4096).toBeLessThan(dotEnd);
});

/** The demo's buffer alone in view. */
async function showBuffer(page: Page, { start }: Demo): Promise<void> {
  await page.getByRole('tab', { name: 'Address map' }).click();
  // Only rows in view are there.
  const filter = page.getByRole('textbox', { name: 'Filter mappings' });
  // A narrow window hides the mappings.
  if (!(await filter.isVisible())) await page.getByRole('button', { name: 'Mappings', exact: true }).click();
  const address = (start * 4096).toString(16);
  await filter.fill(address);
  await page
    .getByRole('treegrid', { name: 'Memory mappings' })
    .getByRole('row')
    .filter({ hasText: address })
    .click();
  await filter.fill('');
  await page.getByRole('tab', { name: 'Address × time' }).click();
  await page.getByRole('button', { name: 'Limit to selection' }).click();
  await expect(page.getByTestId('addrtime-scope')).toContainText('64 MiB');
}

/** Resolves when everything sent to the window by now is on the screen. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

/** Resolves when the picture has the size of its place, and everything that it shows was read. */
async function laidOut(page: Page): Promise<void> {
  const canvas = page.locator('.addrtime__pages');
  const excess = () =>
    canvas.evaluate((plot: HTMLCanvasElement) => {
      const { width, height } = plot.getBoundingClientRect();
      const differences = [plot.width - width * devicePixelRatio, plot.height - height * devicePixelRatio];
      return Math.max(...differences.map(Math.abs));
    });
  await expect.poll(excess).toBeLessThan(1);
  await expect(page.getByTestId('address-time')).toHaveAttribute('data-current', 'true');
  await painted(page);
}

/** Where the plot is, in CSS pixels of the window. */
async function plotOf(page: Page) {
  const plot = await page.locator('.addrtime__pages').boundingBox();
  if (!plot) throw new Error('no plot');
  return plot;
}

/** Brightness of the plot's own pixels at places of the window, in CSS pixels. */
function brightnessAt(page: Page, places: readonly (readonly [x: number, y: number])[]): Promise<number[]> {
  return page.evaluate((points) => {
    const canvas = document.querySelector<HTMLCanvasElement>('.addrtime__pages');
    const context = canvas?.getContext('2d');
    if (!canvas || !context) throw new Error('no plot');
    const box = canvas.getBoundingClientRect();
    return points.map(([x, y]) => {
      const [left, top] = [
        ((x - box.left) * canvas.width) / box.width,
        ((y - box.top) * canvas.height) / box.height,
      ].map(Math.floor) as [number, number];
      return Math.max(...context.getImageData(left, top, 1, 1).data.subarray(0, 3));
    });
  }, places);
}

/** The pages of the described dot: [start, end). */
function dotOf(text: string): [number, number] {
  const [, address = 'none', size = '4'] = /^(0x[0-9a-f]+)(?:, ([\d.]+) KiB)?,/.exec(text) ?? [];
  const start = Number(address) / 4096;
  return [start, start + Math.round(Number(size) / 4)];
}

/** The description at a position that is `expected`: the pages of its dot, and how many of them were written in the interval. */
async function detailsAt(page: Page, x: number, y: number, expected: number) {
  await page.mouse.move(x, y);
  let text = '';
  // Until the window has taken the position, it describes the previous one.
  await expect
    .poll(
      async () => {
        text = (await page.locator('#addrtime-cell').textContent()) ?? '';
        const [start, end] = dotOf(text);
        return start <= expected && expected < end;
      },
      { message: `page ${expected} is described at ${x}, ${y}` },
    )
    .toBe(true);
  const here = /: ([\d,]+) pages? written here/.exec(text)?.[1] ?? text;
  const [start, end] = dotOf(text);
  return { start, end, here: Number(here.replaceAll(',', '')) };
}

const SCALES = [
  ['one', 1, 1],
  ['a screen of 1.25 pixels', 1.25, 1],
  ['a screen of two pixels', 2, 1],
  ['a zoom of 200 %', 1, 2],
] as const;

for (const [name, screen, zoom] of SCALES) {
  test(`what is drawn matches the axes, at ${name}`, async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '23');
    const { page, app } = await launch({ flags: [`--force-device-scale-factor=${screen}`] });
    const { window: inspector, ticks } = await recordDemo(page, demo, 3);
    await inspector.selectTheme('Dark');
    await showBuffer(page, demo);
    if (zoom !== 1) await zoomTo(app, zoom);
    await expect.poll(() => page.evaluate(() => devicePixelRatio)).toBeCloseTo(screen * zoom, 3);
    await laidOut(page);
    const plot = await plotOf(page);
    // The third interval from the end is that of the first tick: away from the edge, where the splitter is. Five seconds are shown at least.
    const [middle = 0, span = 0] = await page.evaluate(async () => {
      const { available, starts, ends } = await window.inspectorDebug.call('history.writes', {
        range: null,
        intervals: 2000,
        buckets: new Float64Array(0),
      });
      return [
        ((starts.at(-3) ?? 0) + (ends.at(-3) ?? 0)) / 2 - available.startNs,
        available.endNs - available.startNs,
      ];
    });
    const x = plot.x + (plot.width * middle) / Math.max(5e9, span);
    // The middle of each line of device pixels.
    const ratio = screen * zoom;
    const lines = Array.from(
      { length: Math.floor(plot.height * ratio) },
      (_, i) => plot.y + (i + 0.5) / ratio,
    );
    const colours = await brightnessAt(
      page,
      lines.map((y) => [x, y]),
    );
    // Written cells are far brighter than the ground, for any number of pages.
    const bright = lines.filter((_, i) => (colours[i] ?? 0) > 70);
    const dark = lines.filter((_, i) => (colours[i] ?? 0) <= 70 && i % 20 === 0);
    const tick = [...(ticks[0] ?? [])];
    const dots = new Map<number, number>();
    const shown = (await page.evaluate(() => window.inspectorDebug.vmas())).find(
      (vma) => vma.start <= demo.start && vma.end >= demo.end,
    );
    if (!shown) throw new Error('no mapping of the buffer');
    const pageAt = (y: number) =>
      shown.start + Math.floor(((y - plot.y) / plot.height) * (shown.end - shown.start));
    for (const y of [...bright, ...dark]) {
      const { start, end: after, here } = await detailsAt(page, x, y, pageAt(y));
      expect(here, `pages ${start} … ${after}`).toBe(
        tick.filter((one) => one >= start && one < after).length,
      );
      expect(here > 0, `${here} written at ${y}`).toBe(bright.includes(y));
      dots.set(start, here);
    }
    // Every page that was written is in one of the dots that are drawn.
    expect([...dots.values()].reduce((sum, here) => sum + here, 0)).toBe(tick.length);
  });
}

test('a recording that was only opened, and one sought to its end, are shown completely', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '29');
  const { page } = await launch();
  const { window: inspector, timeline, ticks } = await recordDemo(page, demo, 5);
  await timeline.stopRecording();
  await timeline.openRecorded();
  await inspector.live();
  await showBuffer(page, demo);
  const plot = await plotOf(page);
  const { starts, ends, first, last } = await intervalsOf(page);
  // Each tick has its own frame, the last ones of the recording.
  const expectTickTooltips = async (): Promise<void> => {
    for (const [i, tick] of ticks.entries()) {
      const n = ends.length - ticks.length + i;
      const middle = ((starts[n] ?? 0) + (ends[n] ?? 0)) / 2;
      await page.mouse.move(plot.x + (plot.width * (middle - first)) / (last - first), plot.y + 20);
      await expect(page.getByTestId('addrtime-readout')).toContainText(`${tick.size} pages in this interval`);
    }
  };
  await expectTickTooltips();
  await page.getByRole('button', { name: 'To the end' }).click();
  await timeline.pictureIsThere();
  await inspector.data.shows(ticks.at(-1) ?? [], demo.start, demo.end, 'shown at the end');
  // How long ago pages of the first ticks were written is known, though none of those frames was shown.
  for (const [i, tick] of ticks.entries()) {
    const once = [...tick].find((one) => !ticks.slice(i + 1).some((later) => later.has(one)));
    if (once === undefined) throw new Error(`all pages of tick ${i} were written again`);
    const age = await page.evaluate((target) => window.inspectorDebug.ageOf(target), once);
    expect(age, `page ${once} of tick ${i}`).toBeCloseTo(
      (last - (ends[ends.length - ticks.length + i] ?? 0)) / 1e6,
      -1,
    );
  }
  await expectTickTooltips();
});

test('times without samples are hatched and described as without data', async ({ launch, programs }) => {
  const demo = await programs.demo('--lock-step', '--seed', '31');
  const { page } = await launch();
  const { window: inspector } = await recordDemo(page, demo, 3);
  await inspector.selectTheme('Dark');
  // Sampling continues for a while, so that the pause before it is visible.
  await inspector.resumeSampling();
  await inspector.data.moreSamples(30);
  await inspector.pauseSampling();
  await page.waitForTimeout(2500);
  await inspector.resumeSampling();
  await inspector.data.moreSamples(30);
  await inspector.pauseSampling();
  await showBuffer(page, demo);
  await laidOut(page);
  const plot = await plotOf(page);
  const { starts, ends, first, last } = await intervalsOf(page);
  const gap = starts.findIndex((start, i) => i > 0 && start - (ends[i - 1] ?? 0) > 1.5e9);
  expect(gap).toBeGreaterThan(0);
  const middle = ((starts[gap] ?? 0) + (ends[gap - 1] ?? 0)) / 2;
  const x = plot.x + (plot.width * (middle - first)) / Math.max(5e9, last - first);
  await page.mouse.move(x, plot.y + 40);
  await expect(page.getByTestId('addrtime-readout')).toContainText(
    'no data: nothing was sampled at this time',
  );
  const colours = await brightnessAt(
    page,
    Array.from({ length: 60 }, (_, i) => [x, plot.y + 20 + i]),
  );
  // One line in six.
  expect(colours.filter((colour) => colour > 50).length).toBe(10);
});

/** Starts and ends of the intervals that have samples, and what is available in all; in ns. */
function intervalsOf(page: Page) {
  return page.evaluate(async () => {
    const reply = await window.inspectorDebug.call('history.writes', {
      range: null,
      intervals: 2000,
      buckets: new Float64Array(0),
    });
    const { startNs, endNs } = reply.available;
    return { starts: [...reply.starts], ends: [...reply.ends], first: startNs, last: endNs };
  });
}
