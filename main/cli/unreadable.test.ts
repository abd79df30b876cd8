/** Commands that read the mappings of a program, as an ordinary user on a program of root. */
import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltScripts, buildScripts } from '../native/testing/built-scripts.ts';

const USER = 54321;

describe.runIf(process.geteuid?.() === 0)('a program of another user', () => {
  let scripts: BuiltScripts;
  beforeAll(async () => {
    scripts = await buildScripts('cli.ts');
  });
  const program = spawn('sleep', ['600']);
  afterAll(() => void program.kill('SIGKILL'));

  it.each([
    ['what', '--at', '0x400000'],
    ['watchpoint', '--address', '0x400000'],
    ['writers', '--name', '[heap]'],
  ])('is refused by %s with the reason', (name, ...words) => {
    const user = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
    const command = [process.execPath, scripts.path('cli'), name, '--pid', String(program.pid), ...words];
    const { status, stdout, stderr } = spawnSync('setpriv', [...user, ...command], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/belongs to another user \(root\)/);
  });
});
