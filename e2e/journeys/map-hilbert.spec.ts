/** One mapping along a Hilbert curve: the same pages, pointer, keys and pixels. */
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('a mapping is shown along the curve: pixels, pointer, keys and selection are those of its pages', async ({
  launch,
}) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.moreSamples(5);
  await window.pauseSampling();
  await window.operations.clearRefs();
  await window.data.shows([], 0, Infinity, 'left after clear_refs');
  for (let steps = 0; steps < 3; steps++) await window.step();
  const all = await window.data.written();
  // One that is partly written, and large enough for a curve.
  const vma = (await window.data.vmas()).find(({ start, end }) => {
    const count = all.filter((one) => one >= start && one < end).length;
    return end - start >= 64 && count > 4 && count < (end - start) / 2;
  });
  if (!vma) throw new Error('no mapping is partly written');
  const place = (one: number) =>
    page.evaluate((target) => globalThis.window.inspectorDebug.pageToPixel(target), one);

  await page.keyboard.press('Control+g');
  await page.getByRole('combobox', { name: 'Go to' }).fill(`0x${(vma.start * 4096).toString(16)}`);
  await page.keyboard.press('Enter');
  await page.keyboard.press('h');
  await expect(page.getByRole('button', { name: 'One mapping along a Hilbert curve' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.keyboard.press('0');
  // All of the mapping is in view, nothing else is, and neighbours are neighbours.
  await expect.poll(async () => (await place(vma.end - 1)) !== null).toBe(true);
  const middle = vma.start + Math.floor((vma.end - vma.start) / 2);
  const [one, next, outside] = [await place(middle), await place(middle + 1), await place(vma.end + 1)];
  if (!one || !next) throw new Error('the middle is not in view');
  expect(outside).toBeNull();
  const cell = Math.hypot(one.x - next.x, one.y - next.y);
  expect(Math.min(Math.abs(one.x - next.x), Math.abs(one.y - next.y))).toBeLessThan(cell / 100);

  const written = new Set(await window.data.written(vma.start, vma.end));
  const dirty = [...written].slice(0, 5);
  const clean = Array.from({ length: 4000 }, (_, i) => vma.start + i)
    .filter((at) => at < vma.end && !written.has(at))
    .slice(0, 5);
  expect(dirty.length).toBeGreaterThan(0);
  expect(clean.length).toBeGreaterThan(0);
  const colours = await window.data.pixels([...dirty, ...clean]);
  for (const light of colours.slice(0, dirty.length))
    expect(colours.slice(dirty.length)).not.toContainEqual(light);

  // A click selects the page under the pointer; n goes to the next written one.
  await page.mouse.click(one.x, one.y);
  await expect(page.locator('#map-cursor')).toContainText(`0x${(middle * 4096).toString(16)}`);
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.locator('#map-cursor')).not.toContainText(`0x${(middle * 4096).toString(16)},`);
  await page.keyboard.press('n');
  const words = (await page.locator('#map-cursor').textContent()) ?? '';
  expect(words).toContain('written');

  // Both painters agree here, too.
  const different = await page.evaluate(() => {
    const debug = globalThis.window.inspectorDebug;
    debug.usePainter('WebGL2');
    const gl = debug.picture();
    debug.usePainter('Canvas 2D');
    const soft = debug.picture();
    debug.usePainter('auto');
    if (!gl || !soft) throw new Error('no picture');
    let count = 0;
    for (let i = 0; i < gl.data.length; i++)
      if (Math.abs((gl.data[i] ?? 0) - (soft.data[i] ?? 0)) > 8) count++;
    return count / gl.data.length;
  });
  expect(different).toBeLessThan(0.0005);

  await page.keyboard.press('h');
  await expect
    .poll(async () => (await place(vma.end + 1)) !== null || (await place(vma.start)) !== null)
    .toBe(true);
  await expect(page.getByTestId('minimap')).toBeVisible();
});
