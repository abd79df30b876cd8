/** The simulated source: drawn, read, cleared. */
import { differenceOf, SAME } from '../fixtures/sets.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('a simulated program is drawn: the picture shows each page as in the data', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.moreSamples(3);
  await window.pauseSampling();
  await window.operations.clearRefs();
  await window.data.shows([], 0, Infinity, 'left after clear_refs');

  for (let steps = 0; steps < 5; steps++) await window.step();
  const written = new Set(await window.data.written());
  expect(written.size).toBeGreaterThan(0);
  // A page may be a pixel wide: pages between equal neighbours have their own pixels.
  const alike = (one: number): boolean =>
    [one - 1, one + 1].every((next) => written.has(next) === written.has(one));
  const vmas = await window.data.vmas();
  const candidates = vmas.flatMap(({ start, end }) =>
    Array.from({ length: Math.min(end - start, 4096) - 2 }, (_, i) => start + 1 + i).filter(alike),
  );
  const inView = await window.data.inView(candidates);
  const sample = (wanted: boolean): number[] => {
    const fitting = inView.filter((one) => written.has(one) === wanted);
    return fitting.filter((_, i) => i % Math.ceil(fitting.length / 8) === 0);
  };
  const [dirty, clean] = [sample(true), sample(false)];
  expect(dirty.length).toBeGreaterThan(3);
  expect(clean.length).toBeGreaterThan(3);
  const before = await window.data.pixels([...dirty, ...clean]);

  await window.operations.clearRefs();
  await window.data.shows([], 0, Infinity, 'left after clear_refs');
  const after = await window.data.pixels([...dirty, ...clean]);
  dirty.forEach((one, i) => expect(before[i], `written page ${one}`).not.toEqual(after[i]));
  clean.forEach((one, i) => {
    expect(before[dirty.length + i], `clean page ${one}`).toEqual(after[dirty.length + i]);
  });
});

test('GET reports what is written, CLEAR clears picture and data', { tag: '@both' }, async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.moreSamples(5);
  await window.pauseSampling();

  const written = await window.data.written();
  const vmas = await window.data.vmas();
  const [seen] = await window.data.inView(written);
  if (seen === undefined) throw new Error('no written page is in view');
  const colour = await window.data.pixel(seen);
  const vma = vmas.find(({ start, end }) => seen >= start && seen < end);
  if (vma === undefined) throw new Error('the written page is in no VMA');
  const inside = written.filter((one) => one >= vma.start && one < vma.end);

  await window.operations.range(vma.start, vma.end);
  await window.operations.run('GET');
  expect(await window.operations.ret()).toBe(inside.length);
  expect(differenceOf(await window.data.written(vma.start, vma.end), inside)).toEqual(SAME);

  await window.operations.run('CLEAR');
  await expect.poll(() => window.data.written(vma.start, vma.end)).toEqual([]);
  await expect.poll(() => window.data.pixel(seen)).not.toEqual(colour);
  // Pages outside the range are unchanged.
  const others = written.filter((one) => one < vma.start || one >= vma.end);
  expect(differenceOf(await window.data.written(), others)).toEqual(SAME);

  await window.operations.run('GET');
  expect(await window.operations.ret()).toBe(0);
});

test('a failed call is shown with its errno, and changes nothing', { tag: '@both' }, async ({ launch }) => {
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
  expect(differenceOf(await window.data.written(), before)).toEqual(SAME);

  await window.operations.field('start').fill('nonsense');
  await window.operations.button('GET').click();
  await expect(window.operations.panel.getByText('An address such as 0x7f0012340000')).toBeVisible();
});
