/** Ages and rates are those of the engine's samples, at any rate of painting. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

/** A page on the map, hovered: the text of the line below the map. */
async function readoutOf(window: InspectorWindow, target: number): Promise<string> {
  const { page } = window;
  const place = await window.data.place(target);
  await page.mouse.move(place.x, place.y);
  return page.getByTestId('readout').innerText();
}

const agesOf = (page: Page, pages: readonly number[]): Promise<(number | null)[]> =>
  page.evaluate((list) => list.map((one) => globalThis.window.inspectorDebug.ageOf(one)), pages);

test('interval is the usual mode; in hold a page is written since the last clear, and nothing ages', async ({
  launch,
}) => {
  const { page } = await launch({ mode: 'usual' });
  const window = new InspectorWindow(page);
  const attach = window.start.card('Attach to a process');
  await expect(attach).toContainText('Each sample shows what was written since the previous one');
  await expect(attach).toContainText('Shows what was written since the last clear');
  await window.start.simulate();
  await window.live();
  const mode = page.getByRole('radiogroup', { name: 'Sampling mode' });
  await expect(mode.getByRole('radio', { name: 'Interval' })).toBeChecked();
  await window.data.moreSamples(5);

  await mode.getByRole('radio', { name: 'Hold' }).click();
  await expect.poll(() => page.evaluate(() => globalThis.window.inspectorDebug.mode)).toBe('hold');
  await window.data.moreSamples(10);
  await window.pauseSampling();
  const written = await window.data.written();
  const [seen] = await window.data.inView(written);
  if (seen === undefined) throw new Error('no written page is in view');
  const colour = await window.data.pixel(seen);
  await expect.poll(() => readoutOf(window, seen)).toContain('written since the last clear');
  expect(await readoutOf(window, seen)).not.toMatch(/ ago/);
  expect((await agesOf(page, written)).every((age) => age === null)).toBe(true);
  // More samples, and the same colour: it does not cool down.
  await window.resumeSampling();
  await window.data.moreSamples(20);
  await window.pauseSampling();
  expect(await window.data.pixel(seen)).toEqual(colour);

  const vma = (await window.data.vmas()).find(({ start, end }) => seen >= start && seen < end);
  if (vma === undefined) throw new Error('the written page is in no mapping');
  await window.operations.range(vma.start, vma.end);
  await window.operations.run('CLEAR');
  await expect.poll(() => window.data.written(vma.start, vma.end)).toEqual([]);
  const all = Array.from({ length: vma.end - vma.start }, (_, i) => vma.start + i);
  expect((await agesOf(page, all)).filter((age) => age !== null)).toEqual([]);
  await expect.poll(() => readoutOf(window, seen)).not.toContain('written');
});

test('rates are the same at two window sizes and in a window that paints three times a second', async ({
  launch,
  setWindowSize,
}) => {
  const { page, app } = await launch({ mode: 'usual' });
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  /** The rate that is shown once sampling is paused, and what the engine's own frames of that second add up to. */
  const rateShown = async (): Promise<void> => {
    await window.pauseSampling();
    const { rates, pages } = await page.evaluate(async () => {
      const { inspectorDebug } = globalThis.window;
      const counted = inspectorDebug.rates();
      if (counted === null) throw new Error('no rate');
      const endNs = counted.timeNs;
      const request = { startNs: Math.max(0, endNs - 1e9 + 1), endNs, buckets: 1 };
      const reply = await inspectorDebug.call('timeline.read', request);
      return { rates: counted, pages: reply.pages.reduce((sum, one) => sum + one, 0) };
    });
    expect(pages).toBeGreaterThan(0);
    expect((rates.pages * rates.spanMs) / 1000).toBeCloseTo(pages, 3);
    const text = `${Math.round(rates.pages).toLocaleString('en-US')} pages/s`;
    await expect(page.getByRole('contentinfo', { name: 'Figures' })).toContainText(text);
    await window.resumeSampling();
  };
  await window.data.moreSamples(40);
  await rateShown();
  await setWindowSize(app, 800, 600);
  await window.data.moreSamples(40);
  await rateShown();
  // A renderer that is busy for 300 ms at a time: several samples arrive in one frame.
  const jumps = await page.evaluate(async () => {
    let largest = 0;
    for (let i = 0; i < 6; i++) {
      const before = globalThis.window.inspectorDebug.sequence;
      for (const end = performance.now() + 300; performance.now() < end;);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 40)));
      largest = Math.max(largest, globalThis.window.inspectorDebug.sequence - before);
    }
    return largest;
  });
  expect(jumps).toBeGreaterThan(1);
  await rateShown();
});
