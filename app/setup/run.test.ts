import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('run.mjs', import.meta.url));

/** A command that runs two others, each of which prints its name and waits. */
const COMMAND = `
  const { foreground, noteSignals } = await import(${JSON.stringify(RUN)});
  const stopped = noteSignals();
  for (const name of ['first', 'second']) {
    if (stopped() === 0) await foreground('sh', ['-c', 'echo ' + name + '; exec sleep 60']);
  }
  process.exit(stopped());
`;

describe('a command that runs others one after the other', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends with the current one after %s', async (signal, code) => {
    const command = spawn(process.execPath, ['--input-type=module', '-e', COMMAND]);
    let output = '';
    command.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      command.kill(signal);
    });
    const [ended] = (await once(command, 'close')) as [number];
    expect({ output, ended }).toEqual({ output: 'first\n', ended: code });
  });
});
