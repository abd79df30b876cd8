/** No violations that axe can find, in every view, dark and light; every place reached and left by the keyboard. */
import type { Page } from '@playwright/test';
import { violations } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorPanel } from '../pages/inspector-panel.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('start and live view, in both themes', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
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

test('inspector, in both themes', async ({ launch, programs }) => {
  const demo = await programs.demo('--hz', '20');
  const { page } = await launch({ source: `pid:${demo.pid}` });
  const window = new InspectorWindow(page);
  const inspector = new InspectorPanel(page);
  await window.live();
  await window.data.moreSamples(3);
  await window.pauseSampling();
  await page.keyboard.press('n');
  await expect(inspector.reason).toBeVisible();
  expect(await violations(page), 'page').toEqual([]);
  await inspector.show('Tables');
  await expect(inspector.panel.getByTestId('pagemap-entry')).toBeVisible();
  expect(await violations(page), 'tables').toEqual([]);
  await inspector.show('Bytes');
  await expect(inspector.hex).toBeVisible();
  expect(await violations(page), 'bytes').toEqual([]);
});

test('views of the middle, dialogs, in both themes', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  await window.data.moreSamples(3);
  await window.pauseSampling();
  await page.keyboard.press('n');
  await expect(new InspectorPanel(page).reason).toBeVisible();
  const views = page.getByRole('tablist', { name: 'Views of the pages' }).getByRole('tab');
  for (const view of await views.all()) {
    await view.click();
    await expect(view).toHaveAttribute('aria-selected', 'true');
    expect(await violations(page), (await view.textContent()) ?? '').toEqual([]);
  }

  await page.getByRole('button', { name: 'About this source' }).click();
  await expect(page.getByRole('dialog', { name: 'About this source' })).toBeVisible();
  expect(await violations(page), 'about').toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Control+Shift+P');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  expect(await violations(page), 'palette').toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('F1');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  expect(await violations(page), 'keys').toEqual([]);
});

/** The focused element: a name that identifies it, and whether it looks different from its unfocused state. */
const focused = (page: Page): Promise<{ name: string; visible: boolean; kind: string }> =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) {
      return { name: 'body', visible: true, kind: 'body' };
    }
    // The focus indicator may be a line around it, around its box, or something inside.
    const box = element.closest('.field__box') ?? element.closest('.check') ?? element;
    const styleText = (): string =>
      [box, element, ...box.children]
        .flatMap((one) => [undefined, '::before', '::after'].map((part) => getComputedStyle(one, part)))
        .map(({ outlineStyle, outlineWidth, boxShadow, backgroundColor, borderColor, width }) =>
          [outlineStyle, outlineWidth, boxShadow, backgroundColor, borderColor, width].join(' '),
        )
        .join('|');
    const name = `${element.tagName} ${element.getAttribute('aria-label') ?? element.id} ${element.textContent?.slice(0, 30) ?? ''}`;
    const lined = [box, element, element.closest('.check')?.querySelector('.check__box')].some((one) => {
      if (!one) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
    });
    const withFocus = styleText();
    element.blur();
    const without = styleText();
    element.focus({ preventScroll: true });
    return { name, visible: lined || withFocus !== without, kind: 'element' };
  });

test('Tab goes through the whole window and out of it again, with a visible focus', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  await window.pauseSampling();
  await page.keyboard.press('n');
  await expect(new InspectorPanel(page).reason).toBeVisible();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());

  const seen: string[] = [];
  const hidden: string[] = [];
  let left = false;
  for (let i = 0; i < 150 && !left; i++) {
    await page.keyboard.press('Tab');
    const { name, visible, kind } = await focused(page);
    left = kind === 'body' || (seen.length > 5 && name === seen[0]);
    if (!left) seen.push(name);
    if (!left && !visible) hidden.push(name);
  }
  expect(left, `never left: ${seen.slice(-5).join(' | ')}`).toBe(true);
  expect(hidden).toEqual([]);
  for (const part of [
    'Memory mappings',
    'Pages of the address map',
    'Page',
    'GET',
    'Width of the mappings',
  ]) {
    expect(
      seen.some((name) => name.includes(part)),
      part,
    ).toBe(true);
  }

  // F6 goes from panel to panel.
  const panels = new Set<string>();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('F6');
    panels.add(
      await page.evaluate(
        () => document.activeElement?.closest('section[aria-label]')?.getAttribute('aria-label') ?? '',
      ),
    );
  }
  for (const panel of ['Memory mappings', 'Address map', 'Inspector', 'Operations'])
    expect([...panels]).toContain(panel);
});

test('reduced motion: nothing moves by itself', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const window = new InspectorWindow(page);
  await window.live();
  const durations = await page.evaluate(() =>
    [...document.querySelectorAll('*')].flatMap((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return [transitionDuration, animationDuration].flatMap((text) =>
        text.split(',').map((part) => parseFloat(part)),
      );
    }),
  );
  expect(Math.max(...durations)).toBe(0);
});

test('results and errors are announced as they come', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  await window.pauseSampling();
  await expect(window.operations.result).toHaveAttribute('aria-live', 'polite');
  await window.operations.field('start').fill('0x1');
  await window.operations.field('len').fill('4096');
  await window.operations.run('GET');
  await expect(window.operations.result.getByRole('alert')).toContainText('page');
  await page.keyboard.press('Escape');
  await window.map.focus();
  await page.keyboard.press('n');
  await page.keyboard.press('Control+Shift+C');
  await expect(page.getByRole('status').filter({ hasText: 'copied' })).toBeVisible();
});
