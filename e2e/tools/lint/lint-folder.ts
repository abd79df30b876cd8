import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../../app/setup/paths.mjs';
import { run } from '../../../app/setup/run.mjs';

interface Diagnostic {
  /** Plugin and rule: `import(no-cycle)`. */
  readonly code: string;
  /** Relative to the folder. */
  readonly filename: string;
}

/** Test support: what the project's rules find in `folder`, which is taken for the top folder. */
export async function lintFolder(folder: string, ...args: string[]): Promise<readonly Diagnostic[]> {
  const config = pathToFileURL(join(root, 'oxlint.config.mjs')).href;
  writeFileSync(
    join(folder, 'oxlint.config.mjs'),
    `import config from '${config}';
const settings = { ...config.settings, 'boundaries/root-path': import.meta.dirname };
export default { ...config, settings };
`,
  );
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const words = [oxlint, '-c', 'oxlint.config.mjs', '-f', 'json', ...args];
  const { output } = await run(process.execPath, words, { cwd: folder });
  const { diagnostics } = JSON.parse(output) as { diagnostics: Diagnostic[] };
  return diagnostics;
}
