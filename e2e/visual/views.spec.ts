/**
 * Pictures of every view, dark and light, compared with those in `pictures/`. After a change that is meant to be seen:
 * `npm run e2e -- visual --update-snapshots=all`, then check each of them.
 */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { Data } from '../pages/debug.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { openSession, openStill, recordSession, walkTo } from './still.ts';

let session: Awaited<ReturnType<typeof recordSession>>;
test.beforeAll(async () => {
  session = await recordSession();
});
test.afterAll(() => session.remove());

for (const scheme of ['dark', 'light'] as const) {
  const compare = async (page: Page, name: string, more: Locator[] = []): Promise<void> => {
    await page.mouse.move(0, 0);
    await new Data(page).tableIsCurrent();
    // Masked: text that differs by machine and time.
    const mask = [
      page.getByRole('contentinfo', { name: 'Figures' }),
      page.locator('.toolbar__source'),
      ...more,
    ];
    await expect(page).toHaveScreenshot(`${name}-${scheme}.png`, { mask, maskColor: '#808080' });
  };

  test(`the start view, ${scheme}`, async ({ launch }) => {
    const { page } = await launch({ fixedRuntime: true });
    await page.emulateMedia({ colorScheme: scheme });
    const { start } = new InspectorWindow(page);
    await expect(start.card('Simulated program').getByRole('button', { name: 'Simulate' })).toBeEnabled();
    await compare(page, 'start', [
      page.getByLabel('Processes', { exact: true }),
      page.getByTestId('process-count'),
      page.getByRole('button', { name: /^This machine \d/ }),
      // The tracking methods are this kernel's.
      page.locator('.card__foot', { hasText: 'Tracking method' }),
    ]);
  });

  test(`a simulated program, the inspector, an operation, ${scheme}`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch({ fixedRuntime: true });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = await openStill(page);
    const { panel, result, log } = inspector.operations;
    const timeline = page.getByTestId('timeline');
    await compare(page, 'simulated', [timeline]);

    const vma = await inspector.data.vma('[heap]');
    await inspector.operations.range(vma.start, vma.end);
    await inspector.operations.run('GET_AND_CLEAR');
    await compare(page, 'operation', [timeline, result, log]);

    await setWindowSize(app, 800, 600);
    await compare(page, 'narrow', [timeline, panel]);
  });

  test(`a recording, address × time, a page and its walk, help, ${scheme}`, async ({ launch }) => {
    const { page } = await launch({ fixedRuntime: true });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = await openSession(page, session.path, 32);
    await compare(page, 'recording');

    await page.getByRole('tab', { name: 'Address × time' }).click();
    await compare(page, 'address-time');
    await page.getByRole('tab', { name: 'Address map' }).click();
    await page.keyboard.press('n');
    await compare(page, 'page');

    await page.keyboard.press('Shift+B');
    await walkTo(inspector, 16);
    await page.keyboard.press('Shift+A');
    await expect(page.getByRole('treegrid', { name: 'Compared mappings' })).toBeVisible();
    await compare(page, 'compare');

    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    await compare(page, 'keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+P');
    await compare(page, 'palette');
  });
}
