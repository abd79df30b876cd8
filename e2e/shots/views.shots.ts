/** Pictures of every view, dark and light: `npm run shots` writes them to shots/. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { freePid } from '../fixtures/programs.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

for (const scheme of ['dark', 'light'] as const) {
  const shoot = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
  };

  test(`start, ${scheme}`, async ({ launch }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    await expect(inspector.start.card('Simulated program').getByRole('button', { name: 'Simulate' })).toBeEnabled();
    await shoot(page, 'start');

    await inspector.start.attach(freePid());
    await expect(inspector.start.attachProblem()).toBeVisible();
    await shoot(page, 'start-no-such-process');
  });

  test(`simulated program, ${scheme}`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch({ source: 'simulated' });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await inspector.data.moreSamples(20);
    await shoot(page, 'simulated');

    await inspector.pauseSampling();
    const vma = await inspector.data.vma('entity behaviour');
    await inspector.operations.range(vma.start, vma.end);
    await inspector.operations.run('GET_AND_CLEAR');
    await shoot(page, 'simulated-get-and-clear');

    await inspector.operations.field('start').fill('0x1001');
    await inspector.operations.run('GET');
    await shoot(page, 'simulated-errno');

    await setWindowSize(app, 800, 600);
    await shoot(page, 'narrow');
  });

  test(`demo program, ${scheme}`, async ({ launch, programs }) => {
    const { page, enginePid } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    const demo = await programs.demo('--hz', '60');
    await inspector.start.attach(demo.pid);
    await inspector.live();
    await inspector.data.moreSamples(40);
    await shoot(page, 'demo-hold');

    await page.getByRole('radio', { name: 'Interval' }).click();
    await inspector.data.moreSamples(40);
    await shoot(page, 'demo-interval');

    process.kill(await enginePid(), 'SIGKILL');
    await expect(inspector.alerts.first()).toContainText('The tracking engine terminated unexpectedly');
    await shoot(page, 'engine-gone');
    // The program is used for the next test.
    await inspector.restartEngine();
  });
}
