/** `soft-dirty mark` from the scripts of recorded programs, and the socket that it uses. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { controlFolder } from '../session/control/control-folder.ts';
import { MAX_CONTROL_LINE } from '../session/control/control-messages.ts';
import { serveControl } from '../session/control/control-server.ts';
import { printedHere } from './testing/run-here.ts';

let scripts: BuiltScripts;
let root: string;
const started: ChildProcess[] = [];
beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mark-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(root, { recursive: true });
});

const folder = () => controlFolder({ XDG_RUNTIME_DIR: root });
const env = () => ({ ...process.env, XDG_RUNTIME_DIR: root, XDG_DATA_HOME: root });
const words = (...args: string[]) => [scripts.path('cli'), ...args];
const cli = (...args: string[]) =>
  spawnSync(process.execPath, words(...args), { encoding: 'utf8', env: env(), input: 'a\n\nb\n' });

/** A recorder of a program that sleeps. @returns the process that is recorded, once marks can be added */
async function recorder(name: string): Promise<number> {
  const target = spawn('sleep', ['1000']);
  const pid = target.pid ?? 0;
  const child = spawn(process.execPath, words('record', '--pid', String(pid), '--out', join(root, name)), {
    env: env(),
    stdio: 'ignore',
  });
  started.push(child, target);
  await vi.waitFor(() => expect(cli('mark', '--pid', String(pid)).stderr).toBe(''), 30_000);
  return pid;
}

describe('soft-dirty mark', () => {
  it('is called by the script of the program that is recorded', async () => {
    const out = join(root, 'r.mcap');
    const mark = `"${process.execPath}" "${scripts.path('cli')}" mark`;
    const script = [
      `${mark} ready --json`,
      `${mark} --phase`,
      `${mark} --phase 'level 2' --json`,
      `printf 'a\\n\\nb\\n' | ${mark} --lines`,
      `${mark} --start`,
      `${mark} --stop`,
    ].join('\n');
    const { status, stdout, stderr } = cli(
      'record',
      '--launch',
      'sh',
      '--out',
      out,
      '--json',
      '--',
      '-c',
      script,
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ path: out, ended: 'stop' });
    const lines = stderr.split('\n');
    expect(JSON.parse(lines.find((line) => line.startsWith('{')) ?? '')).toEqual({
      ...{
        timeNs: expect.any(Number),
        recordingNs: expect.any(Number),
        note: 'ready',
        writtenPages: null,
        recording: out,
      },
    });
    expect(stderr).toMatch(/^Phase 1: [1-9][\d,]* pages written at \d+\.\d{3} s of the recording$/m);
    expect(stderr).toMatch(/"note":"level 2","writtenPages":\d+/);
    expect(stderr).toContain(`soft-dirty mark: ${out} is being recorded.`);
    const { marks } = JSON.parse(await printedHere('info', out, '--json')) as {
      marks: { note: string; seconds: number }[];
    };
    // The same time as was printed when it was added.
    const printed = /^Phase 1: .* at (\S+) s of/m.exec(stderr)?.[1];
    expect(marks.find(({ note }) => note === 'Phase 1')?.seconds.toFixed(3)).toBe(printed);
    expect(marks.map(({ note }) => note).filter((note) => !/exec|started/.test(note))).toEqual([
      ...['ready', 'Phase 1', 'level 2', 'a', '', 'b'],
    ]);
  }, 120_000);

  it('reaches the recorder of the process that --pid selects', async () => {
    expect(cli('mark')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('No inspector is running.'),
    });
    const [first, second] = [await recorder('1.mcap'), await recorder('2.mcap')];
    const both = cli('mark');
    expect(both).toMatchObject({ status: 1, stderr: expect.stringContaining('2 inspectors are running') });
    expect(both.stderr).toContain(String(first));
    expect(cli('mark', '--pid', String(second), 'x').stdout).toMatch(
      /^Mark "x" at \d+\.\d+ s of the recording\n$/,
    );
    expect(cli('mark', '--pid', '1')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('process 1'),
    });
    expect(cli('mark', '--pid', String(first), '--start').stderr).toMatch(/record/);
    expect(cli('mark', '--pid', String(first), '--stop').stdout).toBe(`${join(root, '1.mcap')}\n`);
    // The other one remains, and is found without --pid once the first has ended.
    await vi.waitFor(() => expect(cli('mark').status).toBe(0), 30_000);
    // A recorder that was killed leaves its socket, which the next call removes.
    for (const child of started) if (child.spawnfile === process.execPath) child.kill('SIGKILL');
    await vi.waitFor(() => expect(cli('mark').stderr).toContain('No inspector is running.'), 30_000);
    expect(readdirSync(folder())).toEqual([]);
  }, 180_000);

  it.each([
    ['--phase', '--stop'],
    ['--start', 'name'],
    ['--stop', '--lines'],
    ['a', '--lines'],
    ['--pid', 'x'],
    ['a', 'b'],
    ['--nothing'],
  ])('refuses %s %s', (...args: string[]) => {
    expect(cli('mark', ...args).status).toBe(2);
  });

  it('refuses a name that is longer than a note', () => {
    expect(cli('mark', 'a'.repeat(2001)).status).toBe(2);
  });
});

describe('the control socket', () => {
  it.each([
    ['{"ok":true,"state":1}\n', 'The running inspector is of another version.'],
    ['', 'The inspector ended before it replied.'],
  ])('%j is reported at once, and the command ends', async (reply, message) => {
    mkdirSync(folder(), { mode: 0o700 });
    const server = createServer((socket) =>
      socket.once('data', () => (reply === '' ? socket.destroy() : socket.write(reply))),
    );
    await once(server.listen(join(folder(), '1-1.socket')), 'listening');
    const child = spawn(process.execPath, words('mark', 'x'), {
      env: env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    let error = '';
    child.stderr.on('data', (text: Buffer) => (error += text.toString()));
    const [code] = (await once(child, 'close')) as unknown[];
    expect([code, error]).toEqual([1, expect.stringContaining(`soft-dirty mark: ${message}`)]);
    server.close();
  });

  it('answers an invalid request with an error, and closes a connection without line ends', async () => {
    const server = await serveControl(() => expect.unreachable(), folder());
    const socket = connect(server.path).setEncoding('utf8');
    let text = '';
    socket.on('data', (more: string) => (text += more));
    socket.write('{\n[1]\n{"command":"mark"}\n');
    await vi.waitFor(() => expect(text.split('\n')).toHaveLength(4));
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ ok: false });
    const closed = once(socket, 'close');
    socket.write('x'.repeat(MAX_CONTROL_LINE + 1));
    await closed;
    server.close();
    expect(existsSync(server.path)).toBe(false);
  });

  it('of many windows are removed at exit by one listener', async () => {
    const before = process.listenerCount('exit');
    const servers = await Promise.all(
      Array.from({ length: 20 }, () => serveControl(() => expect.unreachable(), folder())),
    );
    expect(process.listenerCount('exit')).toBe(before + 1);
    for (const server of servers) server.close();
    expect(process.listenerCount('exit')).toBe(before);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('is in a folder that no other user may enter', async () => {
    mkdirSync(folder(), { mode: 0o777 });
    const server = await serveControl(() => expect.unreachable(), folder());
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    server.close();
  });

  it.runIf(process.geteuid?.() === 0)('is not in the folder of another user', async () => {
    mkdirSync(folder());
    chownSync(folder(), 65534, 65534);
    const listening = createServer().listen(join(folder(), '1-1.socket'));
    await once(listening, 'listening');
    await expect(serveControl(() => expect.unreachable(), folder())).rejects.toThrow(
      /not a folder of this user/,
    );
    expect(cli('mark').stderr).toContain('No inspector is running.');
    listening.close();
  });
});
