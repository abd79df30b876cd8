/** The inspector shows what the engine knows of a page, and of a real program what is in its memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { compiled } from '../fixtures/compiled.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorPanel } from '../pages/inspector-panel.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const PAGE_SIZE = 4096;

const walkOf = (page: Page, number: number) =>
  page.evaluate((target) => window.inspectorDebug.call('page.walk', { page: target }), number);

/** A page of a process, read by the test itself. */
function memoryOf(pid: number, page: number): Buffer {
  const file = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const bytes = Buffer.alloc(PAGE_SIZE);
    readSync(file, bytes, 0, PAGE_SIZE, page * PAGE_SIZE);
    return bytes;
  } finally {
    closeSync(file);
  }
}

test('a page of a simulated program: its walk, its bits, why it counts, and what happens to it', async ({
  launch,
}) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  const inspector = new InspectorPanel(page);
  await window.live();
  await window.data.moreSamples(3);
  await window.pauseSampling();
  await expect(inspector.panel).toContainText('No page selected');

  await page.keyboard.press('n');
  await expect(inspector.reason).toBeVisible();
  const selected = await inspector.inspected();
  expect(await window.data.written()).toContain(selected);
  const known = await walkOf(page, selected);
  await expect(inspector.reason).toHaveText(known.reason);
  for (const { title, holds } of known.causes) {
    const line = inspector.panel.getByRole('listitem').filter({ hasText: title });
    await expect(line.first()).toContainText(holds ? 'yes' : 'no');
  }

  await inspector.show('Tables');
  expect(await inspector.walk()).toEqual(
    known.steps.map(({ level, index, bits }) => ({ level, index, flags: bits })),
  );
  expect(await inspector.pagemap()).toBe(known.pagemap);

  // The large drawing shows the same.
  await page.getByRole('tab', { name: 'Page-table walk' }).click();
  const drawing = page.getByTestId('walk-view');
  for (const { level, index, bits } of known.steps) {
    const column = drawing
      .locator('.level')
      .filter({ has: page.getByRole('heading', { name: `${level} ${index}` }) });
    await expect(column.locator('.flags__flag > .mono')).toHaveText(bits);
    await expect(column.locator('.level__digits')).toHaveText(index.toString(2).padStart(9, '0'));
  }

  await inspector.show('Page');
  await page.keyboard.press('c');
  await expect(inspector.reason).toHaveText(/^Not written since the last clear/);
  await expect(inspector.events.first()).toContainText('1 → 0');

  await inspector.show('Bytes');
  await expect(inspector.panel).toContainText('its pages have no contents');
});

test(
  'the bytes shown are those in the program’s memory, and what changed is marked',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step');
    const { page, app } = await launch({ source: `pid:${demo.pid}` });
    const window = new InspectorWindow(page);
    const inspector = new InspectorPanel(page);
    await window.live();
    await window.pauseSampling();
    // A page of the objects near the player is written in most ticks.
    await demo.step(2);
    const sampled = await window.data.sequence();
    await page.keyboard.press('.');
    await window.data.after(sampled);

    await page.getByRole('textbox', { name: 'Filter mappings' }).fill((demo.start * PAGE_SIZE).toString(16));
    await window.mappings.getByRole('row').nth(1).click();
    await page.keyboard.press('c');
    await window.data.shows([], demo.start, demo.end, 'left after CLEAR');
    const written = await demo.step();
    const before = await window.data.sequence();
    await page.keyboard.press('.');
    await window.data.after(before);
    await window.data.shows(written, demo.start, demo.end);
    await page.keyboard.press('n');
    const selected = await inspector.inspected();
    expect([...written]).toContain(selected);

    await inspector.show('Bytes');
    await expect(inspector.hex).toBeVisible();
    const first = memoryOf(demo.pid, selected);
    const shown = await inspector.bytesInView();
    expect(shown.length).toBeGreaterThan(32);
    expect(shown).toEqual(shown.map(({ at }) => ({ at, value: first[at], changed: null })));
    await inspector.panel.getByRole('button', { name: 'Copy the page’s bytes' }).click();
    await expect(page.getByText(`${PAGE_SIZE} bytes copied`)).toBeVisible();
    const copied = await app.evaluate(({ clipboard }) => clipboard.readText());
    expect(copied).toBe(first.toString('hex'));

    // Step on until the program has written this page again.
    for (let ticks = 0; !(await demo.step()).has(selected); ticks++) expect(ticks).toBeLessThan(500);
    const after = memoryOf(demo.pid, selected);
    const changed = Array.from(after.keys()).filter((at) => after[at] !== first[at]);
    expect(changed.length).toBeGreaterThan(0);
    const earlier = await window.data.sequence();
    await page.keyboard.press('.');
    await window.data.after(earlier);
    const inView = new Set(shown.map(({ at }) => at));
    await expect
      .poll(async () =>
        (await inspector.bytesInView()).filter(({ changed: mark }) => mark !== null).map(({ at }) => at),
      )
      .toEqual(changed.filter((at) => inView.has(at)));
    const later = await inspector.bytesInView();
    expect(later.map(({ at, value }) => [at, value])).toEqual(later.map(({ at }) => [at, after[at]]));

    // The rest is reached by the keyboard.
    await inspector.hex.focus();
    await page.keyboard.press('End');
    await expect(page.locator(`#hex-${PAGE_SIZE - 1}`)).toHaveText(after.subarray(-1).toString('hex'));

    await inspector.show('Page');
    await expect(inspector.reason).toHaveText(/^Written since it was last cleared/);
    await inspector.show('Tables');
    await expect(inspector.panel).toContainText('Only the address is split');
    const lines = await inspector.walk();
    expect(lines.reduce((sum, { index }) => sum * 512 + index, 0)).toBe(selected);
  },
);

test('variables and heap blocks of a page, and Go to a variable by its name', async ({
  launch,
  programs,
}) => {
  const program = compiled('main/native/symbols/testing/data-places.c', '-g', '-pthread');
  try {
    const child = programs.own(spawn(program.path, { stdio: ['pipe', 'pipe', 'inherit'] }));
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const variable = BigInt(printed.toString().split(' ')[0] ?? '') - 40n;
    const { page } = await launch({ source: `pid:${child.pid}` });
    const window = new InspectorWindow(page);
    const inspector = new InspectorPanel(page);
    await window.live();
    await page.keyboard.press('Control+g');
    await page.getByRole('combobox', { name: 'Go to' }).fill('g_scores+0x28');
    await page.keyboard.press('Enter');
    await expect.poll(() => inspector.inspected()).toBe(Number((variable + 40n) / BigInt(PAGE_SIZE)));
    await inspector.show('Bytes');
    await expect(inspector.panel.getByTestId('object-at-byte')).toHaveText(
      `0x${(variable + 40n).toString(16)} g_scores+0x28 of 1,024 bytes`,
    );
    await inspector.show('Page');
    const objects = inspector.panel.getByRole('list', { name: 'Variables and heap blocks' });
    await expect(objects.getByRole('listitem').filter({ hasText: 'g_scores' })).toContainText('1,024 bytes');

    await page.keyboard.press('Control+g');
    await page.getByRole('combobox', { name: 'Go to' }).fill('g_nothing');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert').filter({ hasText: 'g_nothing' })).toContainText(
      'no variable of a loaded file',
    );
  } finally {
    program.remove();
  }
});
