/** The packaged window contains nothing that only tests use. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildBundle, bundles } from './bundles.mjs';
import { root } from './paths.mjs';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sdi-bundles-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** The scripts of the bundle `name`, as it is built now. */
async function built(name: string): Promise<string> {
  const bundle = bundles.find((one) => one.name === name);
  if (!bundle) throw new Error(name);
  await buildBundle({ ...bundle, folder });
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.c?js$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

it('the window of a package has no debug handle, which its sources have', async () => {
  const handle = /\binspectorDebug\b/;
  vi.stubEnv('SOFT_DIRTY_INSPECTOR_PRODUCT', '1');
  const product = await built('window');
  // Compares booleans: a bundle's text is too long for a failure message.
  expect([product.length > 100_000, handle.test(product)]).toEqual([true, false]);
  // The journeys use that of development under this name.
  expect(readFileSync(join(root, 'renderer/main.tsx'), 'utf8')).toMatch(handle);
  // Building it keeps the machine busy for as long as that lets it.
}, 240_000);
