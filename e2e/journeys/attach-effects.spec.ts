/** Before attaching: what it can change for this program. After detaching: its huge pages are restored. */
import { fileURLToPath } from 'node:url';
import { violationsNow } from '../fixtures/axe.ts';
import { startHugeProgram } from '../fixtures/huge-program.ts';
import { processFacts } from '../fixtures/process-facts.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const TILES = 150;
const KIB = TILES * 2048;
const shots = fileURLToPath(new URL('../../shots', import.meta.url));

test('huge pages are announced before attaching, counted while tracked, and restored after detaching', async ({
  launch,
  setWindowSize,
}) => {
  // Axe checks the view three times.
  test.slow();
  const program = await startHugeProgram(TILES);
  try {
    expect(await program.hugeKib()).toBe(KIB);
    const { page, app } = await launch();
    const window = new InspectorWindow(page);
    const button = window.start.card('Attach to a process').getByRole('button', { name: 'Attach' });
    await expect(page.getByRole('button', { name: /Tracking method/ }).first()).toBeEnabled();
    const place = await button.boundingBox();
    await window.start.select(program.pid);
    const effects = page.getByRole('region', { name: 'Attaching can change' });
    await expect(effects).toContainText(`${TILES} huge pages will be split when written`);
    // What comes later is below the button: it does not move away under the pointer.
    expect(await button.boundingBox()).toEqual(place);
    await expect(effects.getByRole('checkbox', { name: 'Restore huge pages after detaching' })).toBeChecked();
    for (const scheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await expect(page.locator('html')).toHaveAttribute('data-theme', scheme);
      expect(await violationsNow(page)).toEqual([]);
      await effects.scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${shots}/attach-effects-${scheme}.png` });
    }
    await effects.getByRole('button', { name: /more effects/ }).click();
    await expect(effects).toContainText('madvise(MADV_COLLAPSE) fails with EINVAL');
    expect(await violationsNow(page)).toEqual([]);
    await page.screenshot({ path: `${shots}/attach-effects-all-light.png` });
    // Nothing was done to it so far.
    expect(await program.hugeKib()).toBe(KIB);

    await window.start.attach(program.pid);
    await window.live();
    expect(await program.write()).toBe(0);
    const cost = page.getByTestId('tracking-cost');
    await expect(cost).toContainText(`${TILES} huge pages split`);
    // In a line of the bar, also where there is no room for all of it.
    await setWindowSize(app, 800, 600);
    const bar = await page.getByRole('contentinfo', { name: 'Figures' }).boundingBox();
    const shown = await cost.boundingBox();
    expect((shown?.y ?? NaN) + (shown?.height ?? NaN)).toBeLessThanOrEqual(
      (bar?.y ?? NaN) + (bar?.height ?? NaN),
    );
    await page.screenshot({ path: `${shots}/tracking-cost-light.png` });

    await window.closeSource();
    await expect(page.getByRole('group', { name: 'Restoring huge pages' })).toBeVisible();
    await page.screenshot({ path: `${shots}/restoring-light.png` });
    await expect(page.getByText(`Restored ${TILES} huge pages of process ${program.pid}.`)).toBeVisible({
      timeout: 60_000,
    });
    expect(await program.hugeKib()).toBe(KIB);
  } finally {
    program.end();
  }
});

test(
  'huge pages are restored if the window is closed without detaching before',
  { tag: '@both' },
  async ({ launch }) => {
    const few = 40;
    const program = await startHugeProgram(few);
    try {
      const inspector = await launch();
      const window = new InspectorWindow(inspector.page);
      await window.start.attach(program.pid);
      await window.live();
      expect(await program.write()).toBe(0);
      await inspector.close();
      await expect.poll(() => program.hugeKib()).toBe(few * 2048);
      expect(processFacts(program.pid).trackedVmas).toBe(0);
    } finally {
      program.end();
    }
  },
);
