/** Every write to a word: watched from the bytes view of a real program, shown with the code that made it. */
import { violations } from '../fixtures/axe.ts';
import { FUNCTIONS, KnownWriters } from '../fixtures/known-writers.ts';
import { expect, test } from '../fixtures/test.ts';
import { goTo } from '../fixtures/watched-writers.ts';
import { InspectorPanel } from '../pages/inspector-panel.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('the word at the cursor of the bytes view is watched until that is stopped', async ({
  launch,
  programs,
}) => {
  const program = await KnownWriters.start(programs);
  const { page } = await launch({ source: `pid:${program.pid}` });
  const view = new InspectorWindow(page);
  const inspector = new InspectorPanel(page);
  await view.live();
  await goTo(page, program.start + 1, 16);
  await inspector.show('Bytes');
  const group = inspector.panel.getByRole('group', { name: 'Watched words' });
  const word = group.getByTestId('watched-word');
  const address = `0x${(BigInt(program.start + 1) * 4096n + 16n).toString(16)}`;
  await group.getByRole('button', { name: 'Watch writes to this word' }).click();
  await expect(word).toContainText(`8 bytes at ${address} 0 writes`);
  for (let i = 1; i <= 3; i++) {
    await program.run();
    await expect(word).toContainText(`${i} write`);
  }
  const rows = group.getByRole('table', { name: `Writers of 8 bytes at ${address}` }).locator('tbody tr');
  await expect(rows.first()).toContainText(FUNCTIONS[1]);
  await expect(rows.first()).toContainText(/known-writers\.cc:\d+/);
  await expect(rows.first()).toContainText(`(${program.tids[1]})`);
  expect(await violations(page), 'watched word').toEqual([]);
  await word.getByRole('button', { name: /^Stop watching/ }).click();
  await expect(word).toHaveCount(0);
});
