import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../../app/setup/paths.mjs';
import { run } from '../../../app/setup/run.mjs';

/** A tree in which each rule that needs types or the graph of imports is broken once, with what must be found there. */
const tree = {
  'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["ES2023"]},"include":["**/*.ts"]}',
  'promises.ts': `declare function save(): Promise<void>;
save();
[1].forEach(async () => save());
export {};
`,
  'switch.ts': `export function name(kind: 'a' | 'b'): void {
  switch (kind) {
    case 'a':
      break;
  }
}
`,
  'one.ts': `import type { Two } from './two.ts';\nexport type One = Two | 1;\n`,
  'two.ts': `import type { One } from './one.ts';\nexport type Two = One | 2;\n`,
  'fine.ts': `declare function save(): Promise<void>;\nawait save();\nvoid save();\nexport {};\n`,
};

const expected = [
  'import(no-cycle) one.ts',
  'import(no-cycle) two.ts',
  'typescript(no-floating-promises) promises.ts',
  'typescript(no-misused-promises) promises.ts',
  'typescript(switch-exhaustiveness-check) switch.ts',
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-typed-rules-'));
  for (const [file, text] of Object.entries(tree)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('finds lost promises, forgotten cases and circles of imports, and nothing else', async () => {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const args = [oxlint, '--type-aware', '-c', join(root, '.oxlintrc.json'), '-f', 'json', '.'];
  const { output } = await run(process.execPath, args, { cwd: folder });
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; filename: string }[] };
  expect(diagnostics.map(({ code, filename }) => `${code} ${filename}`).sort()).toEqual(expected);
});
