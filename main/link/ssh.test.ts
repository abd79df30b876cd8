/** The engine on another machine: this one, by Debian's OpenSSH server on loopback. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { marks } from '../native/testing/marks.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { Target } from '../native/testing/target.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { connectCommand } from './connect-command.ts';
import { RemoteWindow } from './testing/remote-window.ts';
import { SshServer } from './testing/ssh-server.ts';

let scripts: BuiltScripts;
let server: SshServer;
const windows: RemoteWindow[] = [];
const targets: Target[] = [];

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
  server = await SshServer.start(scripts.path('cli'));
});
afterAll(async () => {
  await server.stop();
});
afterEach(async () => {
  for (const window of windows.splice(0)) await window.close();
  for (const target of targets.splice(0)) await target.kill();
});

function open(): RemoteWindow {
  const window = new RemoteWindow(connectCommand(server.location, server.env));
  windows.push(window);
  return window;
}

async function startTarget(): Promise<Target> {
  const target = await Target.start(scripts.path('test-target'));
  targets.push(target);
  return target;
}

async function attach(window: RemoteWindow, { pid }: Target): Promise<void> {
  const permits = window.permit({ kind: 'attach', pid });
  await window.call('source.open', { kind: 'native', pid, mode: 'hold' }, permits);
  await window.call('session.configure', { hz: 20 });
}

const written = (window: RemoteWindow, page: number): boolean =>
  window.state.tiles.runs(Plane.Written).some(([start, end]) => page >= start && page < end);

/** Processes of this test's engine: `soft-dirty serve` of its own script. */
function enginePids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) => pid > 0 && commandLine(pid).startsWith(`${process.execPath}\0${scripts.path('cli')}\0serve`),
    );
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The clients of this test's server. */
function sshPids(): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && commandLine(pid).startsWith(`/usr/bin/ssh\0-F\0${server.folder}/`));
  expect(pids).not.toEqual([]);
  return pids;
}

async function engineGone(): Promise<void> {
  while (enginePids().length > 0) await sleep(20);
}

/** It runs, is not traced, and answers; nothing of ours is in it. */
async function expectUnharmed(target: Target): Promise<void> {
  expect(marks(target.pid)).toMatchObject({ tracer: 0 });
  const page = await target.map(4);
  expect(await target.write(page, page + 3)).toBe(0);
}

describe('an engine by ssh', () => {
  it('lists processes, probes, attaches and reports every written page', async () => {
    const target = await startTarget();
    const window = open();
    expect(await window.connected).toMatchObject({ platform: `linux ${process.arch}`, files: true });
    const { processes } = await window.call('processes.list', { search: String(target.pid) });
    expect(processes.map(({ pid }) => pid)).toContain(target.pid);
    const { backends } = await window.call('probe.run', {});
    expect(backends.length).toBeGreaterThan(0);
    await attach(window, target);
    const page = await target.map(1000);
    const pages = Array.from({ length: 50 }, (_, i) => page + i * 17);
    await target.write(...pages);
    await window.until(() => pages.every((one) => written(window, one)));
    const { bytes } = await window.call('page.bytes', { page: pages[1] ?? 0, pages: 1 });
    expect(bytes.some((byte) => byte !== 0)).toBe(true);
    await window.close();
    await engineGone();
    await expectUnharmed(target);
  });

  it('launches a program there, with its output', async () => {
    const window = open();
    const launch = { kind: 'launch' as const, command: '/bin/sh', args: ['-c', 'echo from there; sleep 60'] };
    const subject = { ...launch, cwd: null, env: {} };
    await window.call('source.open', subject, window.permit(subject));
    await window.until(() => window.events('source.output').some(({ text }) => text.includes('from there')));
    await window.call('source.control', { action: 'kill' });
  });

  it('records there or here, and fetches what was recorded there', async () => {
    const target = await startTarget();
    const window = open();
    await attach(window, target);
    const page = await target.map(100);
    for (const [name, here] of [
      ['there.mcap', {}],
      ['here.mcap', { here: true as const }],
    ] as const) {
      const path = join(server.folder, name);
      const permits = window.permit({ kind: 'write', path, ...here });
      expect(await window.call('recording.start', { path, ...here }, permits)).toEqual({ path });
      await target.write(page + 7);
      await window.call('session.sample', {});
      const { frames, bytes } = await window.call('recording.stop', {});
      expect(statSync(path).size).toBe(bytes);
      const reader = await RecordingReader.open(path);
      expect(reader.damage).toBeNull();
      expect(reader.index.frames).toBe(frames);
      await reader.close();
    }
    const there = join(server.folder, 'there.mcap');
    const fetched = await window.call(
      'recording.fetch',
      { path: there },
      window.permit({ kind: 'read', path: there }),
    );
    expect(readFileSync(fetched.path).equals(readFileSync(there))).toBe(true);
    rmSync(fetched.path);
    await expect(window.call('recording.fetch', { path: there })).rejects.toMatchObject({
      kind: 'not-permitted',
    });
  });

  it('refuses there what has no permit', async () => {
    const target = await startTarget();
    const window = open();
    const refused = window.call('source.open', { kind: 'native', pid: target.pid });
    await expect(refused).rejects.toMatchObject({ kind: 'not-permitted' });
    const other = window.permit({ kind: 'attach', pid: 1 });
    await expect(
      window.call('source.open', { kind: 'native', pid: target.pid }, other),
    ).rejects.toMatchObject({ kind: 'not-permitted' });
  });

  it('a link that stalls briefly loses nothing', async () => {
    const target = await startTarget();
    const window = open();
    await attach(window, target);
    const page = await target.map(200);
    const ssh = sshPids();
    for (const pid of ssh) process.kill(pid, 'SIGSTOP');
    // Shorter than what counts as dead; samples continue meanwhile.
    for (let i = 0; i < 100; i++) {
      await target.write(page + i);
      await sleep(15);
    }
    for (const pid of ssh) process.kill(pid, 'SIGCONT');
    await window.until(() =>
      Array.from({ length: 100 }, (_, i) => page + i).every((one) => written(window, one)),
    );
  });

  it('a link that stays silent is given up at both ends, and the program continues', async () => {
    const target = await startTarget();
    const window = open();
    await attach(window, target);
    const ssh = sshPids();
    for (const pid of ssh) process.kill(pid, 'SIGSTOP');
    const error = await window.closed;
    expect(error?.kind).toBe('link-lost');
    expect(error?.message).toMatch(/nothing has arrived for \d/);
    await engineGone();
    await expectUnharmed(target);
  });

  it('a link that breaks ends the engine, and the program continues', async () => {
    const target = await startTarget();
    const window = open();
    await attach(window, target);
    for (const pid of sshPids()) process.kill(pid, 'SIGKILL');
    expect((await window.closed)?.kind).toBe('link-lost');
    await engineGone();
    await expectUnharmed(target);
    // Connected again, everything works as before.
    const again = open();
    await attach(again, target);
    const page = await target.map(10);
    await target.write(page + 5);
    await again.until(() => written(again, page + 5));
  });

  it('explains a connection that cannot be made with the words of ssh', async () => {
    const refused = new RemoteWindow(connectCommand({ ...server.location, port: 1 } as never, server.env));
    windows.push(refused);
    await expect(refused.connected).rejects.toThrow(/Connection refused/);
    const missing = new RemoteWindow({
      words: ['/bin/sh', '-c', 'exec soft-dirty-missing'],
      env: server.env,
    });
    windows.push(missing);
    await expect(missing.connected).rejects.toThrow(/has no command soft-dirty/);
    const absent = new RemoteWindow({ words: ['/no/such/program'], env: server.env });
    windows.push(absent);
    await expect(absent.connected).rejects.toThrow(/cannot be started/);
  });

  it('has a remedy for each of ssh’s refusals', async () => {
    const known = join(server.folder, 'known');
    const path = `${join(server.folder, 'refused')}:${server.env['PATH'] ?? ''}`;
    mkdirSync(join(server.folder, 'refused'));
    const refusal = async (options: string) => {
      const ssh = join(server.folder, 'refused/ssh');
      writeFileSync(ssh, `#!/bin/sh\nexec ${join(server.folder, 'here/ssh')} ${options} "$@"\n`);
      chmodSync(ssh, 0o755);
      const window = new RemoteWindow(connectCommand(server.location, { ...server.env, PATH: path }));
      windows.push(window);
      await expect(window.connected).rejects.toThrow(
        /^No connection to the test machine\. (?:(?!@@| @)[^])+$/,
      );
      return (await window.closed)?.remedy;
    };
    expect(await refusal('-o UserKnownHostsFile=/dev/null')).toMatch(
      /not known here yet: connect once with ssh/,
    );
    const [address = ''] = readFileSync(known, 'utf8').split(' ');
    const other = readFileSync(join(server.folder, 'user.pub'), 'utf8');
    writeFileSync(join(server.folder, 'changed'), `${address} ${other}`);
    expect(await refusal(`-o UserKnownHostsFile=${join(server.folder, 'changed')}`)).toMatch(
      /key was changed/,
    );
    expect(await refusal('-o PubkeyAuthentication=no')).toMatch(/ssh-copy-id/);
    expect(await refusal('-o ProxyCommand=false')).toMatch(/terminal/);
  });

  it('text of a start-up file before the protocol does not matter', async () => {
    const { words, env } = connectCommand(
      { kind: 'command', words: ['/bin/sh', '-c', 'echo Welcome to this machine; exec "$@"', 'sh'] },
      server.env,
    );
    const [shell = '', ...rest] = words;
    const direct = rest.map((word) => (word === 'soft-dirty' ? process.execPath : word));
    direct.splice(direct.indexOf('serve'), 0, scripts.path('cli'));
    const window = new RemoteWindow({ words: [shell, ...direct], env });
    windows.push(window);
    expect(await window.call('workloads.list', {})).toHaveProperty('workloads');
  });
});
