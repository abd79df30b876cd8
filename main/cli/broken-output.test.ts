/** Every command with a standard output that cannot be written to. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';

const folder = temporaryFolder();
let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
});

/** Runs shell words in which $CLI is the command line. */
function shell(words: string) {
  const env = { ...process.env, CLI: `${process.execPath} ${scripts.path('cli')}` };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', words], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const commands = () => {
  const recording = folder.path('x.mcap');
  shell(`$CLI record --workload game-loop --duration 0.2 --out ${recording}`);
  return {
    ps: '$CLI ps',
    probe: '$CLI probe --json',
    info: `$CLI info ${recording}`,
    export: `$CLI export ${recording} --table frames --format csv`,
    record: `$CLI record --workload game-loop --duration 0.2 --out ${folder.path('y.mcap')}`,
    watch: '$CLI watch --pid $$ --duration 5 --json',
    help: '$CLI --help',
  };
};

describe('standard output', () => {
  it('that is full is one sentence and exit code 1, without a stack trace', () => {
    for (const [name, words] of Object.entries(commands())) {
      const { status, stderr } = shell(`${words} > /dev/full`);
      expect({ name, status }).toEqual({ name, status: 1 });
      expect(stderr).toContain(
        'soft-dirty: standard output cannot be written to: the disk is full (ENOSPC).\n',
      );
      expect(stderr).not.toMatch(/\n\s+at |Node\.js v/);
    }
  });

  it('whose reader ends is not a failure', () => {
    for (const words of ['$CLI ps', '$CLI --help', '$CLI watch --pid $$ --json --hz 100']) {
      const { status, stderr } = shell(`${words} | head -c 1; exit \${PIPESTATUS[0]}`);
      expect(status).toBe(0);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  it('and standard error that are both full still end with exit code 1', () => {
    expect(shell('$CLI ps > /dev/full 2>&1').status).toBe(1);
  });
});
