import { test, expect } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
for (const scheme of ['dark', 'light'] as const)
  test(`look ${scheme}`, async ({ launch }) => {
    const { page, app } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const w = new InspectorWindow(page);
    await expect(page.getByRole('option').first()).toBeVisible();
    await page.waitForTimeout(500);
    for (const [x, y] of [[1280, 800], [800, 600]] as const) {
      await app.evaluate(({ BrowserWindow }, s) => BrowserWindow.getAllWindows()[0]?.setContentSize(s[0], s[1]), [x, y]);
      await page.waitForTimeout(500);
      await page.locator('.start').evaluate((e) => e.scrollTo(0, 0));
      await page.screenshot({ path: `/tmp/look/${x}-${scheme}.png` });
      await page.locator('.start').evaluate((e) => e.scrollTo(0, 99999));
      await page.screenshot({ path: `/tmp/look/${x}-${scheme}-end.png` });
    }
    await page.getByRole('button', { name: 'This machine' }).click();
    await page.waitForTimeout(200);
    await page.screenshot({ path: `/tmp/look/machine-${scheme}.png` });
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1280, 800));
    await page.locator('.start').evaluate((e) => e.scrollTo(0, 0));
    await w.start.card('Attach to a process').getByRole('textbox', { name: 'Process number (pid)' }).fill('1');
    await w.start.card('Attach to a process').getByRole('button', { name: /Way to watch/ }).click();
    await page.waitForTimeout(300);
    await page.screenshot({ path: `/tmp/look/ways-${scheme}.png` });
  });
