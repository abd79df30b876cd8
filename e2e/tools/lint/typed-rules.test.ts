import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lintFolder } from './lint-folder.ts';

/** A tree in which each rule that needs types or the graph of imports is broken once, with what must be found there. */
const tree = {
  'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["ES2023"]},"include":["**/*.ts"]}',
  'shared/promises.ts': `declare function save(): Promise<void>;
save();
[1].forEach(async () => save());
export {};
`,
  'shared/switch.ts': `export function name(kind: 'a' | 'b'): void {
  switch (kind) {
    case 'a':
      break;
  }
}
`,
  'shared/one.ts': `import type { Two } from './two.ts';\nexport type One = Two | 1;\n`,
  'shared/two.ts': `import type { One } from './one.ts';\nexport type Two = One | 2;\n`,
  'shared/fine.ts': `declare function save(): Promise<void>;\nawait save();\nvoid save();\nexport {};\n`,
};

const expected = [
  'import(no-cycle) shared/one.ts',
  'import(no-cycle) shared/two.ts',
  'typescript(no-floating-promises) shared/promises.ts',
  'typescript(no-misused-promises) shared/promises.ts',
  'typescript(switch-exhaustiveness-check) shared/switch.ts',
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
  const diagnostics = await lintFolder(folder, '--type-aware', 'shared');
  expect(diagnostics.map(({ code, filename }) => `${code} ${filename}`).sort()).toEqual(expected);
});
