/** Pictures of the step player and of the page tables beside it. */
import { fileURLToPath } from 'node:url';
import { test } from '../fixtures/test.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));
const RANGE = { addr: '0x100000000', len: 65536 };
const WRITE = { op: 'write', addr: '0x100003000', len: 1 };
const SCENARIO = {
  name: 'a clear, a write, a fork',
  steps: [
    { op: 'mmap', ...RANGE, prot: 'rw', kind: 'anon-private' },
    ...[WRITE, { op: 'clear_refs' }, WRITE, { op: 'fork' }, WRITE],
  ],
};

for (const scheme of ['dark', 'light'] as const) {
  test(`step player, ${scheme}`, async ({ launch }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const call = (name: string, payload: unknown) =>
      page.evaluate(([command, value]) => window.inspectorDebug.call(command as 'steps.move', value as never), [
        name,
        payload,
      ]);
    await call('source.open', { kind: 'scenario', name: 'fork.json', text: JSON.stringify(SCENARIO) });
    const sentence = page.getByTestId('step-sentence');
    await call('steps.move', { to: 'call', call: 4 });
    await call('steps.move', { to: 'back' });
    await sentence.filter({ hasText: 'gains RW' }).waitFor();
    await page.screenshot({ path: `${folder}/steps-${scheme}.png` });
    await page.keyboard.press('p');
    await page.getByRole('list', { name: 'Chain of causes' }).first().waitFor();
    await page.screenshot({ path: `${folder}/steps-tables-${scheme}.png` });
    await call('steps.move', { to: 'call', call: 5 });
    await page.getByRole('region', { name: 'The page in all processes' }).waitFor();
    await page.screenshot({ path: `${folder}/steps-fork-${scheme}.png` });
  });
}
