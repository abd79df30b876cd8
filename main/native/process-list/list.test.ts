import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { checkAttachable } from '../attach/preconditions.ts';
import { runProbe } from '../probe/probe.ts';
import { listProcesses, listProcessesInSlices } from './list.ts';
import { matcher } from './search.ts';

const sleeper = () => spawn('sleep', ['60'], { stdio: 'ignore' });

describe('listProcesses', () => {
  it('reports for each process what an attach would report', () => {
    const child = sleeper();
    try {
      const best = runProbe().choice.running;
      for (const { pid, obstacle, limitation, backend } of listProcesses().processes) {
        let reason: unknown = null;
        try {
          checkAttachable(pid);
        } catch (cause) {
          reason = InspectorError.from(cause).toData();
        }
        // Other processes come and go between the two readings.
        if (reason !== null && (reason as { kind: string }).kind === 'no-such-process') continue;
        expect([pid, obstacle !== null]).toEqual([pid, backend === null]);
        if (best === 'write-protect') expect([pid, obstacle ?? limitation]).toEqual([pid, reason]);
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('returns the same in parts, and yields to the event loop in between', async () => {
    const children = Array.from({ length: 300 }, sleeper);
    try {
      await Promise.all(children.map((child) => once(child, 'spawn')));
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const { processes } = await listProcessesInSlices('sleep 60');
      clearInterval(timer);
      const listed = new Set(processes.map(({ pid }) => pid));
      expect(children.filter(({ pid }) => !listed.has(Number(pid)))).toEqual([]);
      expect(processes.map(({ pid }) => pid)).toEqual([...listed].sort((a, b) => a - b));
      expect(turns).toBeGreaterThan(0);
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  });

  it('leaves out the inspector’s own processes for the window, but no program that was launched', async () => {
    const own = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    const launched = sleeper();
    try {
      await Promise.all([once(own, 'spawn'), once(launched, 'spawn')]);
      const pids = async (): Promise<Set<number>> =>
        new Set((await listProcessesInSlices()).processes.map(({ pid }) => pid));
      // Between fork and exec both run this executable still.
      while (!(await pids()).has(Number(launched.pid)))
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await pids()).not.toContain(own.pid);
      expect(listProcesses().processes.map(({ pid }) => pid)).toContain(own.pid);
    } finally {
      own.kill('SIGKILL');
      launched.kill('SIGKILL');
    }
  });

  it('has the processor time that a process used, and its age', async () => {
    const busy = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
    const idle = sleeper();
    try {
      const timesOf = (pid: number | undefined) => {
        const found = listProcesses().processes.find((process) => process.pid === pid);
        return found ?? { cpuMs: 0, ageMs: 0 };
      };
      while (timesOf(busy.pid).cpuMs < 100) await new Promise((resolve) => setTimeout(resolve, 20));
      const { cpuMs, ageMs } = timesOf(busy.pid);
      expect(ageMs).toBeGreaterThanOrEqual(cpuMs - 20);
      expect(timesOf(idle.pid).cpuMs).toBeLessThan(100);
      expect(timesOf(idle.pid).ageMs).toBeGreaterThan(0);
    } finally {
      busy.kill('SIGKILL');
      idle.kill('SIGKILL');
    }
  });

  it('leaves out the threads of the kernel and has every program', () => {
    const { processes, total } = listProcesses();
    expect(processes).toHaveLength(total);
    const listed = new Set(processes.map(({ pid }) => pid));
    expect(listed).toContain(process.ppid);
    expect(listed).not.toContain(process.pid);
    for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
      let flags: number;
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
      } catch {
        continue;
      }
      if (flags & 0x00200000) expect(listed).not.toContain(pid);
    }
  });

  it('reports a zombie as ended', async () => {
    // The shell that started it never waits for it.
    const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const pid = Number(
        await new Promise((resolve) => shell.stdout.once('data', (text) => resolve(String(text)))),
      );
      while (!/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const found = listProcesses(String(pid)).processes.find((process) => process.pid === pid);
      expect(found).toMatchObject({ commandLine: '', residentBytes: 0, obstacle: { kind: 'program-ended' } });
    } finally {
      shell.kill('SIGKILL');
    }
  });

  it('tolerates processes that come and go while it reads', async () => {
    const storm = spawn('sh', ['-c', 'while :; do /bin/true & /bin/true; done'], { stdio: 'ignore' });
    try {
      await new Promise((resolve) => storm.once('spawn', resolve));
      for (let i = 0; i < 50; i++) {
        for (const { obstacle } of listProcesses().processes) expect(obstacle?.kind).not.toBe('internal');
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      storm.kill('SIGKILL');
    }
  });

  it('cuts a command line that is very long', () => {
    const long = spawn(
      'tail',
      ['-f', '/dev/null', ...Array<string>(50).fill(`/${'./'.repeat(500)}dev/null`)],
      {
        stdio: 'ignore',
      },
    );
    try {
      const started = listProcesses('tail').processes.find(({ pid }) => pid === long.pid);
      expect(started?.commandLine).toHaveLength(4096);
    } finally {
      long.kill('SIGKILL');
    }
  });

  it('names users like the system', () => {
    const name = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
    const child = sleeper();
    try {
      expect(listProcesses().processes.find(({ pid }) => pid === child.pid)?.user).toBe(name);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('matcher', () => {
  const game = { pid: 4711, user: 'ada', name: 'Game', commandLine: '/opt/Game --level 3' };

  it.each([
    ['', true],
    ['  ', true],
    ['game', true],
    ['ADA level', true],
    ['471', true],
    ['ada boss', false],
    // A match must not span two fields.
    ['4711ada', false],
  ])('%j', (search, fits) => {
    expect(matcher(search)(game)).toBe(fits);
  });
});
