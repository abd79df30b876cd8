/** /proc mounted with hidepid: what it hides from an ordinary user is reported as hidden, not as missing. */
import { spawn, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { hidingOf } from './visibility.ts';

describe('hidingOf', () => {
  const line = (options: string, point = '/proc') =>
    `22 1 0:20 / ${point} rw,relatime shared:5 - proc proc ${options}\n`;

  it.each([
    ['rw', null],
    ['rw,hidepid=off', null],
    ['rw,hidepid=0', null],
    ['rw,hidepid=2', { option: 'hidepid=2', gid: null }],
    ['rw,gid=27,hidepid=invisible', { option: 'hidepid=invisible', gid: 27 }],
    ['rw,hidepid=ptraceable,subset=pid', { option: 'hidepid=ptraceable', gid: null }],
  ])('%s', (options, expected) => {
    expect(hidingOf(line(options))).toEqual(expected);
  });

  it('uses what is mounted at /proc last', () => {
    expect(hidingOf(line('rw') + line('rw,hidepid=2'))?.option).toBe('hidepid=2');
    expect(hidingOf(line('rw,hidepid=2') + line('rw'))).toBeNull();
    expect(hidingOf(line('rw,hidepid=2', '/mnt/proc'))).toBeNull();
    expect(hidingOf('')).toBeNull();
  });
});

// Only root may mount.
describe.runIf(process.geteuid?.() === 0)('with a real mount', () => {
  const USER = 54321;
  let scripts: BuiltScripts;
  beforeAll(async () => {
    scripts = await buildScripts('cli.ts');
  });

  /** The command line as an ordinary user, where /proc is mounted with `hidepid`. */
  function run(hidepid: string, ...args: string[]) {
    const user = `setpriv --reuid=${USER} --regid=${USER} --clear-groups`;
    const script = `mount -t proc -o hidepid=${hidepid} proc /proc && exec ${user} "$@"`;
    const command = [process.execPath, scripts.path('cli'), ...args];
    const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], {
      cwd: '/',
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  it.each([
    ['1', 'noaccess'],
    ['2', 'invisible'],
  ])('hidepid=%s', (value, name) => {
    const other = spawn('sleep', ['600']);
    try {
      const pid = String(other.pid);
      const hidden = run(value, 'watch', '--pid', pid, '--duration', '1');
      expect(hidden.status).toBe(1);
      expect(hidden.stderr).toMatch(
        new RegExp(
          `Process ${pid} is hidden from this user: /proc is mounted with hidepid=(${value}|${name})\\.`,
        ),
      );
      expect(hidden.stderr).toContain('as root');
      const list = run(value, 'ps', '--json', 'sleep');
      expect(list.status).toBe(0);
      expect((JSON.parse(list.stdout) as { pid: number }[]).map((one) => one.pid)).not.toContain(other.pid);
      expect(list.stderr).toContain('processes of other users are not listed');
    } finally {
      other.kill('SIGKILL');
    }
    const missing = run(value, 'watch', '--pid', '4194304', '--duration', '1');
    expect(missing.stderr).toContain('There is no process 4194304.');
  });

  it('/proc of another PID namespace: nothing is attached to, and the process is left alone', () => {
    // Its number in the namespace is that of another process in /proc.
    const other = spawn('sleep', ['600']);
    try {
      const start = `echo ${Number(other.pid) - 1} >/proc/sys/kernel/ns_last_pid; sleep 600 & pid=$!; echo $pid`;
      const script = `${start}; "$@" --pid $pid --duration 1 --json; echo $?; kill $pid; wait $pid; echo $?`;
      const command = [process.execPath, scripts.path('cli'), 'watch'];
      const args = ['-fp', 'sh', '-c', script, 'sh', ...command];
      const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 20_000 });
      expect(stdout).toBe(`${other.pid}\n1\n143\n`);
      expect(stderr).toContain('/proc is that of another PID namespace');
    } finally {
      other.kill('SIGKILL');
    }
  });
});
