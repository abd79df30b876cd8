import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NativeSource } from '../../native-source.ts';
import { runProbe } from '../../probe/probe.ts';
import { libraryObtainable, libraryPath } from './library.ts';
import { loadObstacle } from './loadable.ts';
import { PreloadLaunch } from './preload-launch.ts';

let folder: string;
const { env } = process;
const children: ChildProcessByStdio<null, Readable, Readable>[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'preload-'));
});
afterEach(() => {
  process.env = env;
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function launch(
  script: string,
  { waits = true, more = {} }: { waits?: boolean; more?: Record<string, string> } = {},
) {
  const environment = { ...env, ...more };
  const prepared = new PreloadLaunch({ command: 'sh', cwd: null, env: environment }, waits);
  const child = spawn('sh', ['-c', script], {
    env: { ...environment, ...prepared.env },
    stdio: ['ignore', 'pipe', 'pipe', ...prepared.inherit] as ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, text }));
  const pid = Number(child.pid);
  const attach = () => prepared.attach(pid, (open) => NativeSource.open(pid, open));
  return { prepared, pid, ended, attach };
}

const usable = runProbe().backends.some(({ id, available }) => id === 'preload' && available);

describe.runIf(usable)('a program with the preloaded library', () => {
  it('sees nothing of the library in its environment and its descriptors', async () => {
    const script = 'echo "[$LD_PRELOAD] [$SOFT_DIRTY_INSPECTOR]"; ls -l /proc/$$/fd';
    for (const before of ['', 'libc.so.6:libm.so.6']) {
      const program = launch(script, { more: before === '' ? {} : { LD_PRELOAD: before } });
      await (await program.attach()).close();
      const { code, text } = await program.ended;
      expect([code, text.split('\n')[0]]).toEqual([0, `[${before}] []`]);
      expect(text).toMatch(/ 2 -> /);
      expect(text).not.toMatch(/ 3 -> |userfaultfd/);
    }
  });

  it('begins when it is tracked, and not before', async () => {
    const file = join(folder, 'began');
    const program = launch(`echo x > ${file}; sleep 60`);
    await sleep(300);
    expect(existsSync(file)).toBe(false);
    const source = await program.attach();
    expect(source.backend).toBe('preload');
    while (!existsSync(file)) await sleep(5);
    await source.close();
  });

  it('continues when the inspector is gone', async () => {
    const program = launch('echo on');
    program.prepared.close();
    expect(await program.ended).toEqual({ code: 0, text: 'on\n' });
  });

  it('need not wait, and can be tracked later', async () => {
    const program = launch('echo on; read x < /dev/zero', { waits: false });
    await sleep(200);
    const source = await program.attach();
    expect(source.getAndClear).toBe('atomic');
    await source.close();
  });

  it('is reported as ended', async () => {
    const program = launch('exit 3');
    const source = program.attach().then((open) => open.close());
    await Promise.all([source, program.ended]);
    const gone = new PreloadLaunch({ command: 'true', cwd: null, env }, true);
    gone.close();
    const early = launch('exit 3', { waits: false });
    await early.ended;
    await expect(early.attach()).rejects.toMatchObject({
      kind: expect.stringMatching(/program-ended|no-such-process/),
    });
  });
});

describe('loadObstacle', () => {
  const path = process.env['PATH'] ?? '';
  const message = (command: string) => loadObstacle(command, folder, path)?.message ?? null;
  const put = (name: string, bytes: Buffer | string, mode = 0o755) => {
    writeFileSync(join(folder, name), bytes);
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };
  const node = readFileSync(process.execPath).subarray(0, 4096);

  it('accepts dynamic programs, their scripts, and missing files', () => {
    expect(message('sh')).toBeNull();
    expect(message(process.execPath)).toBeNull();
    expect(message(put('script', '#!/bin/sh -e\necho'))).toBeNull();
    put('loop', `#!${join(folder, 'loop')}\n`);
    expect(message('./loop')).toBeNull();
    expect(message('does-not-exist')).toBeNull();
    expect(message('/dev/null')).toBeNull();
  });

  it('rejects programs with other rights, static ones and those of another kind', () => {
    const suid = join(folder, 'suid');
    copyFileSync('/bin/sh', suid);
    chmodSync(suid, 0o4755);
    expect(message('./suid')).toMatch(/setuid/);
    const other = Buffer.from(node);
    other[4] = 1;
    expect(message(put('elf32', other))).toMatch(/64-bit/);
    const fixed = Buffer.from(node);
    // Now no program header requests a dynamic linker.
    const [at, size, count] = [
      Number(fixed.readBigUInt64LE(32)),
      fixed.readUInt16LE(54),
      fixed.readUInt16LE(56),
    ];
    for (let i = 0; i < count; i++) {
      if (fixed.readUInt32LE(at + i * size) === 3) fixed.writeUInt32LE(4, at + i * size);
    }
    expect(message(put('static', fixed))).toMatch(/statically linked/);
    expect(message(put('of-static', `#!${join(folder, 'static')}\n`))).toMatch(/statically linked/);
  });
});

describe('the library', () => {
  it('is built once, where only its user may write, and reports a missing compiler', () => {
    process.env = { ...env, XDG_CACHE_HOME: folder, PATH: '/nowhere' };
    expect(libraryObtainable()).toBe(false);
    expect(() => libraryPath()).toThrow(/there is no C compiler \(cc\)/);
    if (!usable) return;
    process.env = { ...env, XDG_CACHE_HOME: folder };
    expect(libraryObtainable()).toBe(true);
    const path = libraryPath();
    expect(path.startsWith(folder)).toBe(true);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    const built = statSync(path).mtimeMs;
    process.env = { ...env, XDG_CACHE_HOME: folder, PATH: '/nowhere' };
    expect(libraryObtainable()).toBe(true);
    expect(libraryPath()).toBe(path);
    expect(statSync(path).mtimeMs).toBe(built);
  });
});
