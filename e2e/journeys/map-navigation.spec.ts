/** Navigation in the map: jump, minimap, wheel, keys, down to the bytes. */
import { readSync, openSync, closeSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

async function simulated(page: Page): Promise<InspectorWindow> {
  const window = new InspectorWindow(page);
  await window.start.simulate();
  await window.live();
  await window.data.moreSamples(5);
  await window.pauseSampling();
  return window;
}

const camera = (page: Page) => page.evaluate(() => window.inspectorDebug.camera);
/** Whether the view stays where it is for two frames. */
const rests = (page: Page) =>
  page.evaluate(async () => {
    const before = JSON.stringify(window.inspectorDebug.camera);
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
    return JSON.stringify(window.inspectorDebug.camera) === before;
  });
const place = (page: Page, one: number) =>
  page.evaluate((target) => window.inspectorDebug.pageToPixel(target), one);
const cursorText = (page: Page) => page.locator('#map-cursor');

test('Ctrl+G goes to an address, a name, a name with an offset; an unmapped address is reported', async ({
  launch,
}) => {
  const { page } = await launch();
  const window = await simulated(page);
  const heap = await window.data.vma('[heap]');
  const field = page.getByRole('combobox', { name: 'Go to' });
  const jump = async (text: string): Promise<void> => {
    await page.keyboard.press('Control+g');
    await field.fill(text);
    await field.press('Enter');
  };

  await jump('[heap]');
  await expect(field).toHaveCount(0);
  await expect(cursorText(page)).toContainText(`0x${(heap.start * 4096).toString(16)}, [heap]`);
  await expect.poll(async () => (await place(page, heap.start)) !== null).toBe(true);

  await jump('[heap]+0x3000');
  await expect(cursorText(page)).toContainText(`0x${((heap.start + 3) * 4096).toString(16)}`);
  const last = (heap.end - 1) * 4096 + 0xabc;
  await jump(`0x${last.toString(16)}`);
  await expect(cursorText(page)).toContainText(`0x${((heap.end - 1) * 4096).toString(16)}`);

  await jump(`0x${(heap.end * 4096 + 0x200000).toString(16)}`);
  const alert = page.getByRole('search', { name: 'Go to an address' }).getByRole('alert');
  await expect(alert).toContainText('Nothing is mapped at');
  await expect(alert).toContainText(`0x${((heap.end - 1) * 4096).toString(16)}`);
  await page.getByRole('button', { name: /^Go to 0x/ }).click();
  await expect(field).toHaveCount(0);
  await expect(cursorText(page)).toContainText(`0x${((heap.end - 1) * 4096).toString(16)}`);

  await jump('no such place');
  await expect(alert).toContainText('No mapping has a name with “no such place”');
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
  await expect(window.map).toBeFocused();
});

test('a click on a mapping, and F, show all of it: the first and the last page of every row', async ({
  launch,
}) => {
  const { page } = await launch();
  const window = await simulated(page);
  const vmas = await window.data.vmas();
  const [large] = [...vmas].sort((a, b) => b.end - b.start - (a.end - a.start));
  if (!large) throw new Error('no mapping');
  const corners = [large.start, Math.ceil((large.start + 1) / 512) * 512 - 1, large.end - 1];
  const seen = async () => (await window.data.inView(corners)).length;
  const row = window.mappings.getByRole('row').filter({ hasText: (large.start * 4096).toString(16) });
  await row.click();
  await expect.poll(seen).toBe(corners.length);
  await window.map.focus();
  for (let i = 0; i < 12; i++) await page.keyboard.press('+');
  await expect.poll(seen).toBeLessThan(corners.length);
  await page.keyboard.press('f');
  await expect.poll(seen).toBe(corners.length);
});

test('the wheel zooms about the pointer: the page under it stays there', async ({ launch }) => {
  const { page } = await launch();
  const window = await simulated(page);
  const vma = await window.data.vma('[heap]');
  const target = vma.start + 2;
  await page.keyboard.press('Control+g');
  await page.getByRole('combobox', { name: 'Go to' }).fill(`0x${(target * 4096).toString(16)}`);
  await page.keyboard.press('Enter');
  await expect(cursorText(page)).toContainText(`0x${(target * 4096).toString(16)}`);
  // The view moves there in a short animation.
  await expect.poll(() => rests(page)).toBe(true);
  const before = await place(page, target);
  if (!before) throw new Error('the page is not in view');
  const { row } = await camera(page);
  await page.mouse.move(before.x, before.y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -240);
  await expect.poll(async () => (await camera(page)).row).toBeGreaterThan(row * 1.5);
  // Fingers on a touchpad: fractions, and at once.
  await page.mouse.wheel(0, -12.5);
  await page.keyboard.up('Control');
  await expect
    .poll(async () => {
      const now = await place(page, target);
      return now !== null && Math.hypot(now.x - before.x, now.y - before.y) < (await camera(page)).row;
    })
    .toBe(true);
});

test('the minimap shows the view of the map, and a click moves it', async ({ launch }) => {
  const { page } = await launch();
  const window = await simulated(page);
  await window.map.focus();
  for (let i = 0; i < 14; i++) await page.keyboard.press('+');
  const minimap = page.getByTestId('minimap');
  const frame = minimap.locator('.minimap__view');
  const [strip, before] = [await minimap.boundingBox(), await frame.boundingBox()];
  if (!strip || !before) throw new Error('no minimap');
  expect(before.height).toBeLessThan(strip.height / 2);

  const y = strip.y + strip.height * 0.5;
  await page.mouse.click(strip.x + strip.width / 2, y);
  await expect
    .poll(async () => {
      const box = await frame.boundingBox();
      return box !== null && box.y <= y + 4 && box.y + box.height >= y - 4;
    })
    .toBe(true);
  const middle = (await camera(page)).y;
  await page.mouse.move(strip.x + strip.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(strip.x + strip.width / 2, strip.y + 2, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => (await camera(page)).y).toBeLessThan(middle);
  // It has heat in it: more colours than the empty canvas.
  const colours = await minimap.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return new Set(Array.from({ length: data.length / 4 }, (_, i) => `${data[i * 4]},${data[i * 4 + 2]}`))
      .size;
  });
  expect(colours).toBeGreaterThan(3);
});

test('Shift and a drag, or Shift and the arrows, select the range of operations', async ({ launch }) => {
  const { page } = await launch();
  const window = await simulated(page);
  const vma = await window.data.vma('entity behaviour');
  await page.keyboard.press('Control+g');
  await page.getByRole('combobox', { name: 'Go to' }).fill(`0x${(vma.start * 4096).toString(16)}`);
  await page.keyboard.press('Enter');
  await expect(window.map).toBeFocused();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByTestId('readout')).toContainText('3 pages selected');
  await window.operations.run('GET');
  await expect(window.operations.field('start')).toHaveValue(`0x${(vma.start * 4096).toString(16)}`);
  await expect.poll(async () => (await place(page, vma.start + 40)) !== null).toBe(true);

  const [from, to] = [await place(page, vma.start + 10), await place(page, vma.start + 40)];
  if (!from || !to) throw new Error('the pages are not in view');
  await page.keyboard.press('Escape');
  await page.keyboard.down('Shift');
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(page.getByTestId('readout')).toContainText('pages selected');
});

test('a page opens to its bytes: those of the program, updated when they change', async ({
  launch,
  programs,
}) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  const demo = await programs.demo('--lock-step');
  await window.start.attach(demo.pid);
  await window.live();
  const [target] = await demo.step();
  if (target === undefined) throw new Error('the demo program has written nothing');
  await page.keyboard.press('Control+g');
  await page.getByRole('combobox', { name: 'Go to' }).fill(`0x${(target * 4096).toString(16)}`);
  await page.keyboard.press('Enter');
  await expect(cursorText(page)).toContainText(`0x${(target * 4096).toString(16)}`);
  await expect.poll(async () => (await place(page, target)) !== null).toBe(true);
  const shown = () => page.evaluate((one) => globalThis.window.inspectorDebug.contentOf(one), target);
  for (let i = 0; i < 24 && (await camera(page)).row < 300; i++) {
    // Turning the wheel while the view still moves would zoom about another place.
    await expect.poll(() => rests(page)).toBe(true);
    const at = await place(page, target);
    if (!at) throw new Error('the page is not in view');
    await page.mouse.move(at.x, at.y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -30);
    await page.keyboard.up('Control');
  }
  await expect.poll(async () => (await shown())?.length).toBe(4096);
  const same = async () => Buffer.from((await shown()) ?? []).equals(memoryOf(demo.pid, target));
  await expect.poll(same).toBe(true);
  const first = memoryOf(demo.pid, target);
  const picture = await window.map.screenshot();
  for (let ticks = 0; memoryOf(demo.pid, target).equals(first); ticks++) {
    if (ticks > 3000) throw new Error('the demo program does not write the page again');
    await demo.step(20);
  }
  await expect.poll(same).toBe(true);
  await expect.poll(async () => (await window.map.screenshot()).equals(picture)).toBe(false);
  await expect(cursorText(page)).toContainText(/begins with [0-9a-f]{2} |are zero/);
});

test('a source without contents is labelled in the page', async ({ launch }) => {
  const { page } = await launch();
  const window = await simulated(page);
  const heap = await window.data.vma('[heap]');
  await page.keyboard.press('Control+g');
  await page.getByRole('combobox', { name: 'Go to' }).fill('[heap]');
  await page.keyboard.press('Enter');
  await expect(cursorText(page)).toContainText(`0x${(heap.start * 4096).toString(16)}`);
  for (let i = 0; i < 24; i++) await page.keyboard.press('+');
  await expect(cursorText(page)).toContainText('no contents: this source has none');
});

/** A page of a process, read from outside. */
function memoryOf(pid: number, page: number): Buffer {
  const file = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const bytes = Buffer.alloc(4096);
    readSync(file, bytes, 0, 4096, page * 4096);
    return bytes;
  } finally {
    closeSync(file);
  }
}
