/** No violations that axe can find, in every view, dark and light. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

/** What axe finds, in words that a failure shows well. */
async function violations(page: Page): Promise<string[]> {
  // Legacy mode needs no second page, which Electron does not give.
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}

for (const scheme of ['dark', 'light'] as const) {
  test(`start and live view, ${scheme}`, async ({ launch }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const window = new InspectorWindow(page);
    await expect(page.locator('html')).toHaveAttribute('data-theme', scheme);
    await expect(window.start.view).toBeVisible();
    expect(await violations(page)).toEqual([]);

    await window.start.simulate();
    await window.live();
    await window.data.moreSamples(3);
    await window.pauseSampling();
    const [vma] = await window.data.vmas();
    if (vma === undefined) throw new Error('no VMA');
    await window.operations.range(vma.start, vma.end);
    await window.operations.run('GET');
    expect(await violations(page)).toEqual([]);

    await window.operations.field('start').fill('0x1');
    await window.operations.run('CLEAR');
    expect(await violations(page)).toEqual([]);
  });
}
