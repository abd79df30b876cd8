/** A program that ends while it is attached to: the same message from every command, and in a session as in the window. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { hasEnded } from '../native/process/status.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { HugeProgramBuild } from '../native/testing/huge-program.ts';
import { Target } from '../native/testing/target.ts';
import { openAnySource } from '../open-sources.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { Session } from '../session/session.ts';
import { runProgram } from './program.ts';

const IO_SETUP = 206;
const folder = temporaryFolder();
let scripts: BuiltScripts;
let build: HugeProgramBuild;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  build = new HugeProgramBuild();
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterAll(() => {
  build.remove();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Ends process `pid` and returns when its memory is gone; a zombie stays until this thread is free to wait for it. */
function endProcess(pid: number): void {
  process.kill(pid, 'SIGKILL');
  while (!hasEnded(pid));
}

/** Runs a command on process `pid`, which ends at the first message on standard error, in the middle of it. */
async function endAtMessage(pid: number, args: readonly string[]) {
  const messages: string[] = [];
  let out = '';
  const code = await runProgram([...args, '--pid', String(pid)], {
    out: (text) => (out += text),
    error: (text) => {
      if (messages.length === 0) endProcess(pid);
      messages.push(text);
    },
  });
  return { code, out, messages };
}

const endedWhileAttaching = (command: string, pid: number): string =>
  `soft-dirty ${command}: Process ${pid} ended while attaching.\nStart the program again and attach to it.\n`;

const file = (): string => folder.path('out');

describe('a program that ends while it is attached to', () => {
  it.each([
    ['watch', () => ['watch', '--json']],
    ['watch', () => ['watch']],
    ['watch', () => ['watch', '--backend', 'write-protect', '--exact']],
    ['record', () => ['record', '--out', file()]],
    ['snapshot', () => ['snapshot', '--start', '0x10000', '--len', '4096', '--out', file()]],
  ])('after what %s reports first is reported as that (%#)', async (command, args) => {
    const program = await build.start(1);
    ends.push(() => program.kill());
    const { pid } = program;
    const { code, out, messages } = await endAtMessage(pid, args());
    expect(messages[0]).toContain('huge page');
    expect(messages.at(-1)).toBe(endedWhileAttaching(command, pid));
    expect({ code, out, left: existsSync(file()) }).toEqual({ code: 1, out: '', left: false });
  });

  it.each([[[]], [['--json']], [['--backend', 'compare']]])(
    'before the first sample of watch is reported as that (%j)',
    async (options) => {
      const target = await Target.start(scripts.path('test-target'));
      ends.push(() => target.kill());
      // A ring of the kernel, of which watch warns when everything is armed.
      const context = (await target.map(1)) * PAGE_SIZE;
      expect(await target.call(IO_SETUP, 1, context)).toBe(0);
      const { code, out, messages } = await endAtMessage(target.pid, ['watch', ...options]);
      expect(messages).toEqual([
        expect.stringContaining('/[aio] (deleted) is not watched') as string,
        endedWhileAttaching('watch', target.pid),
      ]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
    },
  );

  it('at any time has one of three reasons in a session, or is open and has ended', async () => {
    const reasons = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const child = spawn('sleep', ['0.1'], { stdio: 'ignore' });
      await sleep(60 + i);
      const pid = Number(child.pid);
      const session = new Session(openAnySource, { remembers: false });
      const open = session.open({ kind: 'native', pid });
      await open.catch((cause: unknown) =>
        reasons.add(InspectorError.from(cause).message.replace(String(pid), 'N')),
      );
      await session.close();
    }
    const known = ['There is no process N.', 'Process N has ended; only its exit status is left.'];
    expect([...reasons].filter((reason) => !known.includes(reason))).toEqual(
      reasons.has('Process N ended while attaching.') ? ['Process N ended while attaching.'] : [],
    );
  });
});
