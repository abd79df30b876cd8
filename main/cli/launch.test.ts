/** record --launch with real programs: nothing that they write is missed, and they continue when we end. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProbe } from '../native/probe/probe.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { printedHere } from './testing/run-here.ts';

const root = mkdtempSync(join(tmpdir(), 'launch-'));
const folder = { path: (name: string) => join(root, name) };
const PAGES = 1000;
let scripts: BuiltScripts;
const started: number[] = [];

beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
  const source = fileURLToPath(new URL('testing/launched.c', import.meta.url));
  for (const [name, ...flags] of [
    ['dynamic'],
    ['static', '-static'],
    ['asan', '-fsanitize=address'],
    ['leak', '-fsanitize=leak'],
  ]) {
    const { status, stderr } = spawnSync(
      'cc',
      ['-O1', '-pthread', ...flags, '-o', folder.path(name), source],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  }
  script('wrapper', `#!/bin/sh\nx=1; for i in 1 2 3; do x=$x$i; done\nexec ${folder.path('dynamic')} "$@"\n`);
  script('chain', `#!/bin/bash\nexec env A=b nice -n 1 ${folder.path('wrapper')} "$@"\n`);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
afterEach(() => {
  for (const pid of started.splice(0)) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
});

function script(name: string, text: string): void {
  writeFileSync(folder.path(name), text);
  chmodSync(folder.path(name), 0o755);
}

let recordings = 0;

function cli(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [scripts.path('cli'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

interface Info {
  readonly frames: number;
  readonly processEvents: readonly { kind: string; pid: number; message: string }[];
  readonly marks: readonly { note: string }[];
  readonly source: { readonly backend: string };
}

/** Records the program to its end. */
function record(command: string, ...args: string[]) {
  const path = folder.path(`${recordings++}.mcap`);
  const result = cli('record', '--launch', command, '--out', path, '--json', '--', ...args);
  const info = async () => JSON.parse(await printedHere('info', path, '--json')) as Info;
  return { ...result, path, info };
}

/** How many of the pages that the program wrote, from the address that it printed on, are in the recording. */
async function found(path: string, printed: string): Promise<number> {
  const first = BigInt(/^(0x[0-9a-f]+)$/m.exec(printed)?.[1] ?? '0');
  const pages = new Set<number>();
  const table = await printedHere('export', path, '--table', 'pages', '--format', 'json');
  for (const line of table.trim().split('\n')) {
    const { address, pages: count } = JSON.parse(line) as { address: string; pages: number };
    const from = Number((BigInt(address) - first) / 4096n);
    for (let i = 0; i < count; i++) if (from + i >= 0 && from + i < PAGES) pages.add(from + i);
  }
  return pages.size;
}

const exact = runProbe().backends.some(({ id, available }) => id === 'write-protect' && available);

describe.runIf(exact)('record --launch', () => {
  it.each(['dynamic', 'static', 'asan', 'wrapper', 'chain'])(
    'has all that a program wrote that ends at once: %s',
    async (name) => {
      const { status, stderr, path, info } = record(folder.path(name), 'burst', '7');
      expect(status).toBe(0);
      expect(stderr).toContain('The program has ended: it ended with exit code 7.');
      expect(await found(path, stderr)).toBe(PAGES);
      const events = (await info()).processEvents.map(({ kind }) => kind);
      const execs = { wrapper: 1, chain: 4 }[name] ?? 0;
      expect(events).toEqual([...new Array<string>(execs).fill('exec'), 'exit']);
      expect((await info()).marks).toHaveLength(execs);
    },
  );

  it.each(['asan', 'leak'])('does not disturb the search for leaks at the end: %s', async (name) => {
    const { status, stderr, path, info } = record(folder.path(name), 'returns', '7');
    expect(stderr).not.toContain('LeakSanitizer');
    expect(stderr).toContain('The program has ended: it ended with exit code 7.');
    expect(status).toBe(0);
    expect(await found(path, stderr)).toBe(PAGES);
    expect((await info()).processEvents.map(({ kind }) => kind)).toEqual(['exit']);
  });

  it.each([
    ['asan', '50'],
    ['leak', '500'],
  ])('does not disturb a search for leaks by another thread: %s after %s ms', (name, after) => {
    const { status, stderr } = record(folder.path(name), 'leaks', after);
    expect(stderr).toContain('leaks 0');
    expect(stderr).not.toContain('not suspended');
    expect(stderr).toContain('it ended with exit code 0.');
    expect(status).toBe(0);
  });

  it.each(['sh', 'bash'])('names a child of a wrapper that ends at once: %s', async (shell) => {
    const { status, stderr, info } = record(shell, '-c', `${folder.path('dynamic')} burst 7; exit 3`);
    expect(status).toBe(0);
    expect(stderr).toContain('it ended with exit code 3.');
    const [, pid, child] = /Process (\d+) started a process [^:]*: (\d+) \(/.exec(stderr) ?? [];
    expect(Number(child)).toBeGreaterThan(Number(pid));
    expect((await info()).processEvents.map((event) => [event.kind, event.pid])).toEqual([
      ['child', Number(child)],
      ['exit', Number(pid)],
    ]);
  });

  it('reports that another program had children which ended at once', () => {
    const { stderr } = record('/usr/bin/perl', '-e', `system('${folder.path('dynamic')} burst 7')`);
    expect(stderr).toMatch(/Process \d+ started other processes that ended before/);
  });

  it('and what its threads wrote, of which one ends it', async () => {
    const { status, stderr, path } = record(folder.path('dynamic'), 'threads', '5');
    expect(status).toBe(0);
    expect(stderr).toContain('it ended with exit code 5.');
    expect(await found(path, stderr)).toBe(PAGES);
  });

  it('has frames of a program that does nothing, and passes its exit code on', async () => {
    const { status, info, stderr } = record('/bin/false');
    expect(status).toBe(0);
    expect(stderr).toContain('it ended with exit code 1.');
    expect((await info()).frames).toBeGreaterThanOrEqual(1);
  });

  it('hands --help on to the program', () => {
    const { status, stderr } = record('/bin/echo', '--help');
    expect(status).toBe(0);
    expect(stderr).toContain('Usage: /bin/echo');
  });

  it('reports why a program cannot be started', () => {
    const { status, stderr } = record(folder.path('missing'));
    expect(status).toBe(1);
    expect(stderr).toContain('could not be started: no such program.');
  });

  it.each([
    ['that exists', [], 'already exists'],
    ['for which a trigger is wrong', ['--trigger', 'word 0x1000:8 written -> mark'], 'Nothing is mapped'],
  ])('leaves no program running for a recording %s', (_, flags, reason) => {
    const out = folder.path(`refused-${flags.length}.mcap`);
    if (flags.length === 0) writeFileSync(out, 'mine');
    const seconds = String(1e6 + process.pid + flags.length);
    const { status, stderr } = cli('record', '--launch', '/bin/sleep', ...flags, '--out', out, '--', seconds);
    expect(stderr).toContain(reason);
    expect(status).toBe(1);
    expect(spawnSync('pgrep', ['-f', `^/bin/sleep ${seconds}$`], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('lets ignored signals interrupt no call', () => {
    const { stderr } = record(folder.path('dynamic'), 'waits');
    expect(stderr).toContain('epoll_wait 0 - whole');
  });

  it('follows a program that calls exec after it is no longer traced', async () => {
    const path = folder.path('late.mcap');
    const child = spawn(process.execPath, [
      ...[scripts.path('cli'), 'record', '--launch', folder.path('dynamic'), '--out', path],
      ...['--', 'later', '6000', 'stays'],
    ]);
    let error = '';
    child.stderr.on('data', (data) => (error += String(data)));
    await vi.waitFor(() => expect(error).toMatch(/called exec: .*missing/), {
      timeout: 25_000,
      interval: 50,
    });
    const pid = Number(/Process (\d+) called exec/.exec(error)?.[1]);
    started.push(pid);
    // It writes all its pages within 10 s; some of them are enough.
    await sleep(1000);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    expect(readFileSync(`/proc/${pid}/status`, 'latin1')).toMatch(/TracerPid:\t0/);
    expect(await found(path, error)).toBeGreaterThan(10);
  }, 60_000);

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'leaves a program that prints without end running, and the disk free: ended by %s',
    async (signal) => {
      const child = spawn(
        process.execPath,
        [scripts.path('cli'), 'record', '--launch', 'yes', '--out', folder.path(`${signal}.mcap`)],
        { stdio: ['ignore', 'ignore', 'ignore'] },
      );
      const grandchild = await vi.waitFor(
        () => {
          const pid = descendant(Number(child.pid), 'yes');
          expect(pid).not.toBeNull();
          return Number(pid);
        },
        { timeout: 20_000, interval: 20 },
      );
      started.push(grandchild);
      await sleep(500);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await ended;
      const before = written(grandchild);
      const { bfree, bsize } = statfsSync(tmpdir());
      await vi.waitFor(() => expect(written(grandchild)).toBeGreaterThan(before + 2 ** 28), {
        timeout: 20_000,
        interval: 50,
      });
      // Others use the disk too, but not as much as this program has printed.
      expect((bfree - statfsSync(tmpdir()).bfree) * bsize).toBeLessThan(2 ** 27);
      const files = spawnSync('ls', ['-l', `/proc/${grandchild}/fd`], { encoding: 'utf8' }).stdout;
      expect(files).toMatch(/1 -> pipe:/);
      expect(readFileSync(`/proc/${grandchild}/status`, 'latin1')).toMatch(/TracerPid:\t0/);
    },
    60_000,
  );
});

/** A process below `pid` of that name. */
function descendant(pid: number, name: string): number | null {
  let list: string;
  try {
    list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  } catch {
    return null;
  }
  for (const child of list.split(' ').filter(Boolean).map(Number)) {
    if (readFileSync(`/proc/${child}/comm`, 'latin1').trim() === name) return child;
    const below = descendant(child, name);
    if (below !== null) return below;
  }
  return null;
}

function written(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
}
