/** Windows' write watches in the window, and the page that compares the tracking methods. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { WriteWatchPanel } from '../pages/write-watch-panel.ts';

/** GetWriteWatch without reset by the window's own connection. */
const written = (page: Page, start: number, pages: number): Promise<number[]> =>
  page.evaluate(
    async ([first, count]) => {
      const reply = await window.inspectorDebug.call('writeWatch.get', {
        flags: 0,
        base: BigInt(first) * 4096n,
        size: BigInt(count) * 4096n,
        addresses: true,
        count,
        granularity: true,
      });
      return [...reply.pages];
    },
    [start, pages] as const,
  );

/** Pages of the copy that were compared with the program's memory. */
const verified = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { use } = await window.inspectorDebug.call('writeWatch.state', {});
    return use?.copy?.verified ?? 0;
  });

test(
  'GetWriteWatch returns what a real program wrote, although the map takes samples of it',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '3');
    const { page } = await launch();
    const window = new InspectorWindow(page);
    await window.start.attach(demo.pid);
    await window.live();
    const watches = new WriteWatchPanel(page);
    await watches.open();
    await (await window.mappingAt(demo.start)).click();
    await watches.watchSelection();
    const pages = demo.end - demo.start;

    const announced = [...(await demo.step(3))].sort((a, b) => a - b);
    await watches.fill({ start: demo.start, pages, flags: 1 });
    const text = await watches.press('GetWriteWatch');
    expect(text).toContain('ERROR_SUCCESS 0');
    expect(text).toContain('Granularity 4 KiB; reset:');
    expect(await watches.listed()).toEqual(announced);
    expect(await written(page, demo.start, pages)).toEqual([]);

    // A short array: the prefix that it got is reset, and the next call continues.
    const next = [...(await demo.step(2))].sort((a, b) => a - b);
    await watches.fill({ start: demo.start, pages, count: 5, flags: 1 });
    await watches.press('GetWriteWatch');
    expect(await watches.listed()).toEqual(next.slice(0, 5));
    expect(await written(page, demo.start, pages)).toEqual(next.slice(5));
    await watches.press(/^Continue from/);
    expect(await watches.listed()).toEqual(next.slice(5, 10));

    expect(await watches.press('ResetWriteWatch')).toContain('reset');
    expect(await written(page, demo.start, pages)).toEqual([]);

    // Windows' errors, in Windows' order.
    await watches.fill({ start: demo.start, pages, flags: 2 });
    expect(await watches.press('GetWriteWatch')).toContain('ERROR_INVALID_PARAMETER 87');
    await watches.panel.getByText('lpdwCount', { exact: true }).click();
    expect(await watches.press('GetWriteWatch')).toContain('ERROR_NOACCESS 998');

    await watches.panel.getByRole('button', { name: 'Stop watching' }).click();
    await expect(watches.regions).toHaveCount(0);
  },
);

test('the demonstrations show the work that write watches save', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  const watches = new WriteWatchPanel(page);
  await watches.open();
  for (const [name, title] of [
    ['Texture cache, simulated game', 'Texture cache'],
    ['Remembered set, simulated collector', 'Remembered set'],
    ['Texture cache, real demo program', 'Texture cache'],
  ] as const) {
    await watches.panel.getByRole('button', { name }).click();
    await expect(watches.use).toHaveAttribute('aria-label', title);
    const saved = watches.use.getByTestId('watch-saved');
    await expect.poll(async () => parseFloat((await saved.textContent()) ?? '')).toBeGreaterThan(50);
  }
  await expect(watches.use).toContainText('Copying, each time');
  // The copy of the real program's textures is compared with its memory: only what was not reported would be out of date.
  await expect.poll(() => verified(page), { timeout: 15_000 }).toBeGreaterThan(0);
  await expect(watches.use.getByTestId('watch-stale')).toHaveText('0 out of date');
});

test('the tracking methods are measured live, with charts and ratios', async ({ launch }) => {
  test.setTimeout(180_000);
  const { page } = await launch();
  await page.getByRole('button', { name: 'Compare tracking methods' }).click();
  const dialog = page.getByRole('dialog', { name: 'Tracking methods' });
  await dialog.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(dialog.getByTestId('methods-status')).toContainText('cases done');
  await expect(dialog.getByRole('img', { name: /^An interval\./ })).toBeVisible();
  const claims = dialog.getByTestId('methods-claims');
  await expect(claims.getByRole('listitem')).toHaveCount(2, { timeout: 150_000 });
  await expect(claims).toContainText(/An interval of mprotect \+ SIGSEGV takes [\d.]+ to [\d.]+ times/);
  await dialog.getByRole('radio', { name: '2 MiB pages' }).click();
  await dialog.getByRole('radio', { name: '8 threads' }).click();
  await expect(
    dialog.getByRole('img', { name: /^Scan\. PAGEMAP_SCAN, 1 % written: [\d.]+ (ns|µs|ms)/ }),
  ).toBeVisible();
});
