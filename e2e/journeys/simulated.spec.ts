/** The simulated source: drawn, read, cleared. */
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('a simulated program is drawn: written pages differ from clean ones, as the data says', async ({
  launch,
}) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.nextFrames(5);
  await window.pauseSampling();
  await window.data.painter();

  const written = await window.data.written();
  expect(written.length).toBeGreaterThan(0);
  const [inView] = await firstInView(window, written);
  const runs = new Set(written);
  const clean: number[] = [];
  for (const { start, end } of await window.data.vmas()) {
    for (let candidate = start; candidate < Math.min(end, start + 4096); candidate++) {
      if (!runs.has(candidate)) clean.push(candidate);
    }
  }
  const [cleanInView] = await firstInView(window, clean);
  expect(inView?.colour).not.toEqual(cleanInView?.colour);
});

test('GET reports what is written, CLEAR clears picture and data', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.nextFrames(5);
  await window.pauseSampling();

  const written = await window.data.written();
  const vmas = await window.data.vmas();
  const [seen] = await firstInView(window, written);
  if (seen === undefined) throw new Error('no written page is in view');
  const vma = vmas.find(({ start, end }) => seen.page >= start && seen.page < end);
  if (vma === undefined) throw new Error('the written page is in no VMA');
  const inside = written.filter((one) => one >= vma.start && one < vma.end);

  await window.operations.range(vma.start, vma.end);
  await window.operations.run('GET');
  expect(await window.operations.ret()).toBe(inside.length);
  expect(await window.data.written(vma.start, vma.end)).toEqual(inside);

  await window.operations.run('CLEAR');
  await expect.poll(() => window.data.written(vma.start, vma.end)).toEqual([]);
  await expect.poll(() => window.data.pixel(seen.page)).not.toEqual(seen.colour);
  // What lies outside the range is untouched.
  expect(await window.data.written()).toEqual(written.filter((one) => !inside.includes(one)));

  await window.operations.run('GET');
  expect(await window.operations.ret()).toBe(0);
});

test('what the kernel refuses is shown with its errno, and changes nothing', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.pauseSampling();
  const before = await window.data.written();
  const [vma] = await window.data.vmas();
  if (vma === undefined) throw new Error('no VMA');

  await window.operations.range(vma.start, vma.end);
  await window.operations.field('start').fill(`0x${(vma.start * 4096 + 1).toString(16)}`);
  expect(await window.operations.run('GET_AND_CLEAR')).toContain('EINVAL');
  expect(await window.data.written()).toEqual(before);

  await window.operations.field('start').fill('nonsense');
  await window.operations.button('GET').click();
  await expect(window.operations.panel.getByText('An address such as 0x7f0012340000')).toBeVisible();
});

interface Seen {
  readonly page: number;
  readonly colour: readonly number[];
}

/** The first of `pages` that is in view, with its colour; at most 2,000 are tried. */
async function firstInView(window: InspectorWindow, pages: readonly number[]): Promise<Seen[]> {
  const step = Math.max(1, Math.floor(pages.length / 2000));
  const tried = pages.filter((_, index) => index % step === 0);
  const colours = await window.data.pixels(tried);
  const index = colours.findIndex((colour) => colour !== null);
  const page = tried[index];
  const colour = colours[index];
  return page === undefined || colour === null || colour === undefined ? [] : [{ page, colour }];
}
