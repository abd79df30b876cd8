import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../../app/setup/paths.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-reporter-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const reporter = (name: string) => join(root, 'e2e', 'tools', 'reporters', `${name}.mjs`);
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

/** @returns the last line of what a test runner prints, and its exit code */
function lastLine(
  tool: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<[line: string | undefined, code: unknown]> {
  // The runner that runs this test must not make the other believe that it is one of its workers.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...more };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules', tool), ...args],
      { cwd: folder, env },
      (error, out) => {
        resolve([out.trimEnd().split('\n').at(-1), error?.code ?? 0]);
      },
    );
  });
}

describe('the closing line of Vitest', () => {
  const run = (env?: Record<string, string>) =>
    lastLine('vitest/vitest.mjs', ['run', '--root', folder, '--reporter', reporter('vitest')], env);

  it('counts tests that failed, suites that could not be set up and files that did not load', async () => {
    write(
      'a.test.js',
      `import { beforeAll, describe, expect, it } from 'vitest';
       it('a', () => expect(1).toBe(1));
       it('b', () => expect(1).toBe(2));
       describe('c', () => { beforeAll(() => { throw new Error('no'); }); it('d', () => undefined); });`,
    );
    write('b.test.js', "throw new Error('no');");
    expect(await run()).toEqual(['1 passed, 3 failed', 1]);
  });

  it('keeps what failed, with the reason, for the end of all runs', async () => {
    write(
      'a.test.js',
      `import { beforeAll, describe, expect, it } from 'vitest';
       it('a', () => undefined);
       it('b', () => expect(1).toBe(2));
       describe('c', () => { beforeAll(() => { throw new Error('no'); }); it('d', () => undefined); });`,
    );
    const file = join(folder, 'failures');
    await run({ SOFT_DIRTY_FAILURES: file });
    expect(readFileSync(file, 'utf8')).toBe(
      '✗ a.test.js > c\n    no\n✗ a.test.js > b\n    expected 1 to be 2 // Object.is equality\n',
    );
  });

  it('reports that all passed', async () => {
    write('a.test.js', "import { it } from 'vitest'; it('a', () => undefined); it('b', () => undefined);");
    expect(await run()).toEqual(['2 passed, 0 failed', 0]);
  });

  it('counts what this machine cannot run, which in CI is a failure', async () => {
    write(
      'a.test.js',
      "import { it } from 'vitest'; it('a', () => undefined); it.runIf(false)('b', () => undefined);",
    );
    expect(await run()).toEqual(['1 passed, 0 failed, 1 skipped', 0]);
    expect(await run({ CI: '1' })).toEqual(['1 passed, 0 failed, 1 skipped', 1]);
  });
});

describe('the closing line of Playwright', () => {
  const run = (env?: Record<string, string>) =>
    lastLine('@playwright/test/cli.js', ['test', '--reporter', reporter('playwright')], env);

  it('counts tests that failed', async () => {
    write(
      'a.spec.ts',
      "import { expect, test } from '@playwright/test'; test('a', () => undefined); test('b', () => expect(1).toBe(2));",
    );
    const file = join(folder, 'failures');
    expect(await run({ SOFT_DIRTY_FAILURES: file })).toEqual(['1 passed, 1 failed', 1]);
    expect(readFileSync(file, 'utf8')).toMatch(/^✗ a\.spec\.ts > b\n {4}Error: expect\(received\)/);
  });

  it('counts files that did not load', async () => {
    write('a.spec.ts', "throw new Error('no');");
    const [line, code] = await run();
    expect(line).toMatch(/^0 passed, [12] failed$/);
    expect(code).toBe(1);
  });
});
