/** A program played by sub-steps: the player, the page tables, why a page is written. By keyboard alone, and with axe. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { violations } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorPanel } from '../pages/inspector-panel.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const ADDRESS = 0x100000000;
const PAGE = ADDRESS / 4096;

const SCENARIO = {
  name: 'a clear and a fork',
  description: 'One page is written, cleared, written again, then shared with a child.',
  steps: [
    { op: 'mmap', addr: '0x100000000', len: 65536, prot: 'rw', kind: 'anon-private' },
    { op: 'write', addr: '0x100003000', len: 1 },
    { op: 'clear_refs' },
    { op: 'write', addr: '0x100003000', len: 1 },
    { op: 'fork' },
  ],
};

const litPages = (page: Page) => page.evaluate(() => window.inspectorDebug.lit());

/** Opens the scenario through the window's own model. */
async function open(page: Page): Promise<void> {
  await page.evaluate(
    (text) => window.inspectorDebug.call('source.open', { kind: 'scenario', name: 'fork.json', text }),
    JSON.stringify(SCENARIO),
  );
}

test(
  'forward, back, next change, page tables, a manual access, why it is written',
  { tag: '@both' },
  async ({ launch }) => {
    const { page } = await launch();
    const window = new InspectorWindow(page);
    const inspector = new InspectorPanel(page);
    await expect(window.start.view).toBeVisible();
    await open(page);
    const player = page.getByTestId('step-player');
    const sentence = page.getByTestId('step-sentence');
    await expect(player).toBeVisible();
    await expect(sentence).toContainText('a clear and a fork');

    // Forward by keys: the mapping appears in the table, and its row is lit.
    await page.keyboard.press('j');
    await expect(page.getByTestId('vma-count')).toHaveText('1');
    await page.keyboard.press('Alt+ArrowRight');
    await expect(sentence).toContainText('Write to 0x100003000: the TLB does not have the page');
    await expect(inspector.panel.getByTestId('inspected-page')).toContainText('3000');
    expect(await litPages(page)).toEqual([[PAGE + 3, PAGE + 4]]);

    // After the call the page is written; one call back it is not there.
    await page.keyboard.press('j');
    await window.data.shows([PAGE + 3], PAGE, PAGE + 16, 'written');
    await page.keyboard.press('k');
    await window.data.shows([], PAGE, PAGE + 16, 'before the write');
    await page.keyboard.press('j');
    await window.data.shows([PAGE + 3], PAGE, PAGE + 16, 'again');

    // The next change of the selected page is the clear: of its VMA, then of its entry.
    await page.keyboard.press('u');
    await expect(player).toContainText('VM_SOFTDIRTY of a VMA is cleared');
    await page.keyboard.press('u');
    await expect(player.getByText('clear_soft_dirty()', { exact: true })).toBeVisible();
    await expect(player.getByRole('list', { name: 'Entries that change' })).toContainText('−SD');
    expect(await violations(page), 'player').toEqual([]);

    // The page tables beside the player; a manual access is split into sub-steps.
    await page.keyboard.press('p');
    const walk = page.getByTestId('walk-view');
    await expect(walk).toBeVisible();
    await expect(player).toBeVisible();
    await page.keyboard.press('j');
    await walk.getByRole('button', { name: 'Write this page' }).focus();
    await page.keyboard.press('Enter');
    await expect(sentence).toContainText('Write to 0x100003000');
    for (const level of ['PGD', 'PUD', 'PMD', 'PTE']) {
      await page.keyboard.press('Alt+ArrowRight');
      await expect(sentence).toContainText(`${level}[`);
      await expect(walk.locator('.level--lit')).toContainText(level);
    }
    await page.keyboard.press('Alt+ArrowRight');
    await expect(sentence).toContainText('write to a read-only entry');
    await page.keyboard.press('j');

    // Why it is written: the clear, then the write, each with its sub-step.
    const chain = walk.getByRole('list', { name: 'Chain of causes' });
    await expect(chain.getByRole('listitem').last()).toContainText('+RW +SD');
    await expect(walk.getByText('Since call 3, clear_refs')).toBeVisible();
    await chain.getByRole('button').last().focus();
    await page.keyboard.press('Enter');
    await expect(player.getByText('wp_page_reuse()', { exact: true })).toBeVisible();

    // After the fork, parent and child side by side share a frame.
    await page.keyboard.press('j');
    for (const call of [5, 6]) {
      await expect(player).toContainText(`call ${call - 1} of`);
      await expect(player.getByRole('button', { name: 'Forward' })).toBeEnabled();
      await page.keyboard.press('j');
      await expect(player).toContainText(`call ${call} of`);
    }
    const sharing = walk.getByRole('region', { name: 'The page in all processes' });
    await expect(sharing).toContainText('reference count 2');
    await expect(sharing.getByRole('heading')).toHaveText([/Process 0/, /Process 1/]);
    expect(await violations(page), 'page tables').toEqual([]);
  },
);

test('two steps side by side: entries, VMAs and the page at both, what differs is marked', async ({
  launch,
}) => {
  const { page } = await launch();
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(new InspectorWindow(page).start.view).toBeVisible();
  await open(page);
  const player = page.getByTestId('step-player');
  const compared = page.getByTestId('step-comparison');
  const differences = page.getByTestId('step-differences');
  await expect(player).toBeVisible();
  // Both calls have run: the page is written. This step is kept.
  for (const call of [1, 2]) {
    await page.keyboard.press('j');
    await expect(player).toContainText(`call ${call} of`);
  }
  await page.keyboard.press('v');
  await expect(compared).toBeVisible();
  await expect(differences).toHaveText('No VMA and no page-table entry differs.');
  const kept = await page.evaluate(() => window.inspectorDebug.call('steps.state', {}));
  expect(kept.kept).toBe(kept.position);

  // After the clear: VM_SOFTDIRTY and the entry's flags are gone, on the current side alone.
  await page.keyboard.press('j');
  await expect(player).toContainText('call 3 of');
  await expect(differences).toHaveText('1 change of VMAs, entries of 1 page differ.');
  const vmas = compared.getByRole('table', { name: 'VMAs that differ' });
  await expect(vmas.getByRole('row').nth(1).getByRole('cell').nth(0)).toContainText('−sd');
  await expect(vmas.getByRole('row').nth(1).getByRole('cell').nth(1)).not.toContainText('sd');
  const entries = compared.getByRole('table', { name: 'Page-table entries that differ' });
  const cell = (side: number) => entries.getByRole('row').nth(1).getByRole('cell').nth(side);
  await expect(cell(0)).toHaveText('P−RWAD−SDEXCLUSIVE');
  await expect(cell(1)).toHaveText('PADEXCLUSIVE');
  // The row selects its page, by the keyboard: the walk of it at both steps.
  await entries.getByRole('button').focus();
  await page.keyboard.press('Enter');
  const walk = compared.getByRole('table', { name: 'Walk of the selected page' });
  await expect(walk).toContainText('Page 0x100003000');
  const state = walk.getByRole('row', { name: /^State/ }).getByRole('cell');
  await expect(state.nth(0)).toContainText('Written: its page-table entry has the soft-dirty bit.');
  await expect(state.nth(1)).toContainText('Not written since the last clear');
  await expect(walk.getByRole('row', { name: /^PTE/ })).toContainText('−SD');
  await expect(walk.getByRole('row', { name: /^PGD/ })).not.toHaveClass(/differs/);
  // The data behind it.
  const data = await page.evaluate(
    (selected) => window.inspectorDebug.call('steps.compare', { page: selected }),
    PAGE + 3,
  );
  expect(data.entries).toMatchObject([{ start: PAGE + 3, pages: 1, after: ['P', 'A', 'D', 'EXCLUSIVE'] }]);
  expect(data.walk?.before.steps.at(-1)?.bits).toContain('SD');
  expect(await violations(page), 'two steps').toEqual([]);
  await test.step('nothing is wider than its place', async () => {
    const overflow = await compared.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  // To the kept step and back, then no comparison.
  await compared.getByRole('button', { name: 'Go to kept step' }).click();
  await expect(differences).toHaveText('No VMA and no page-table entry differs.');
  await compared.getByRole('button', { name: 'Stop comparing' }).click();
  await expect(differences).toHaveCount(0);
  await expect(player).not.toContainText('kept');
});

test('a recording of a simulated program: its page tables and why a page is written, by the keyboard', async ({
  launch,
  folder,
}) => {
  const { page } = await launch();
  const inspector = new InspectorWindow(page);
  await expect(inspector.start.view).toBeVisible();
  const path = join(folder, 'forked.mcap');
  // Recorded while the step player goes through the scenario, to the child's side of the fork.
  await open(page);
  await expect(page.getByTestId('step-player')).toBeVisible();
  const call = (name: string, payload: unknown) =>
    page.evaluate(([command, value]) => window.inspectorDebug.call(command as 'steps.move', value as never), [
      name,
      payload,
    ] as const);
  await call('recording.start', { path });
  for (const index of [2, 3, 4, 5]) await call('steps.move', { to: 'call', call: index });
  await call('recording.stop', {});
  await call('source.open', { kind: 'recording', path });
  await expect(page.getByTestId('step-player')).toHaveCount(0);
  const { source } = await page.evaluate(() => window.inspectorDebug.call('session.state', {}));
  const frames = source?.playback?.frames ?? 0;
  expect(frames).toBeGreaterThanOrEqual(4);
  await call('playback.step', { frames });
  await inspector.data.shows([PAGE + 3], PAGE, PAGE + 16, 'the last frame');

  await page.keyboard.press('n');
  await page.keyboard.press('p');
  const walk = page.getByTestId('walk-view');
  await expect(walk).toContainText('0x100003000');
  await expect(walk.getByText('Since call 3, clear_refs')).toBeVisible();
  const chain = walk.getByRole('list', { name: 'Chain of causes' });
  await expect(chain.getByText('write addr=0x100003000')).not.toHaveCount(0);
  await expect(chain.getByRole('listitem').last()).toContainText('+P +D +SD');
  await expect(walk.getByRole('heading', { name: /^PTE 3/ })).toBeVisible();
  await expect(walk.getByText(/Only the address is split/)).toHaveCount(0);
  const sharing = walk.getByRole('region', { name: 'The page in all processes' });
  await expect(sharing.getByRole('heading')).toHaveText([/Process 0/, /Process 1/]);
  expect(await violations(page), 'page tables of a recording').toEqual([]);
});

test('a simulated program is opened step by step from the start view', async ({ launch }) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  const card = window.start.card('Simulated program');
  await card.getByText('Step by step').click();
  await card.getByRole('button', { name: 'Simulate' }).click();
  await expect(page.getByTestId('step-player')).toBeVisible();
  await page.keyboard.press('j');
  await expect(page.getByTestId('step-sentence')).toContainText('mmap() returns');
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  await expect
    .poll(async () => (await page.getByTestId('step-position').textContent()) ?? '')
    .toMatch(/^\d+/);
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});
