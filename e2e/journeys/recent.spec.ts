/** Recent sources are offered again, in the next run too. */
import { rmSync } from 'node:fs';
import { freshProfile } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('a source that was opened is opened again with a click, and a missing one is not', async ({
  launch,
  programs,
}) => {
  const profile = freshProfile();
  try {
    const demo = await programs.demo('--hz', '20');
    const first = await launch({ profile });
    const window = new InspectorWindow(first.page);
    await window.start.simulate('garbage collector');
    await window.live();
    await window.closeSource();
    await window.start.attach(demo.pid);
    await window.live();
    await first.close();

    const second = await launch({ profile });
    const again = new InspectorWindow(second.page);
    const list = second.page.getByRole('region', { name: 'Recent' });
    const entries = list.getByRole('listitem').getByRole('button');
    await expect(entries).toHaveCount(2);
    await expect(entries.first()).toContainText(String(demo.pid));
    await entries.filter({ hasText: /garbage collector/ }).click();
    await again.live();
    await expect(second.page.getByTestId('source-title')).toHaveText(/garbage collector/);
    await again.closeSource();

    // The last opened one is first.
    await expect(entries.first()).toContainText(/garbage collector/);
    demo.kill();
    await expect
      .poll(async () => {
        await entries.filter({ hasText: String(demo.pid) }).click();
        return list.getByRole('alert').textContent();
      })
      .toContain('has ended');
    await list.getByRole('button', { name: 'Clear recent' }).click();
    await expect(list).toHaveCount(0);
    await second.close();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});
