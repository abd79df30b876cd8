import { chownSync, existsSync, lstatSync, lutimesSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foreignProfile, removeStaleLock } from './profile.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'profile-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Chromium's three links, as a start of `pid` on `host` leaves them. */
function lock(host: string, pid: number, socket = '/tmp/nowhere/SingletonSocket'): void {
  symlinkSync(`${host}-${pid}`, join(folder, 'SingletonLock'));
  symlinkSync(socket, join(folder, 'SingletonSocket'));
  symlinkSync('1234', join(folder, 'SingletonCookie'));
}

const isThere = (): boolean =>
  lstatSync(join(folder, 'SingletonLock'), { throwIfNoEntry: false }) !== undefined;

describe.runIf(process.platform === 'linux')('a lock of another start', () => {
  it.each([
    ['a program that crashed', 'here', 4_194_303],
    ['another host name', 'elsewhere', process.pid],
    ['a PID that another program has now', 'here', process.pid],
  ])('is removed where no process listens: %s', (_name, host, pid) => {
    lock(host, pid);
    expect(removeStaleLock(folder)).toBe(true);
    expect(isThere()).toBe(false);
  });

  it('stays if a process listens on its socket', async () => {
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    lock('elsewhere', 1, socket);
    expect(removeStaleLock(folder)).toBe(false);
    expect(isThere()).toBe(true);
    server.close();
    await once(server, 'close');
    expect(removeStaleLock(folder)).toBe(true);
  });

  it('stays while a start has no socket yet, but not indefinitely', () => {
    const path = join(folder, 'SingletonLock');
    symlinkSync('here-1', path);
    expect(removeStaleLock(folder)).toBe(false);
    lutimesSync(path, 1, 1);
    expect(removeStaleLock(folder)).toBe(true);
    expect(removeStaleLock(folder)).toBe(false);
  });
});

describe.runIf(process.getuid?.() === 0)('a profile of another user', () => {
  const machine = (uid: number, env: NodeJS.ProcessEnv) => ({ uid, env, sockets: () => '' });

  it('is refused to root that sudo made of that user, in one sentence', () => {
    chownSync(folder, 65534, 65534);
    const below = join(folder, 'not', 'there');
    const sudo = { SUDO_UID: '65534', SUDO_USER: 'nobody' };
    const sentence = foreignProfile(below, machine(0, sudo));
    expect(sentence).toContain('started as root with the files of user nobody');
    expect(sentence?.split('\n')).toHaveLength(1);
    expect(foreignProfile(below, machine(65534, sudo))).toBeNull();
    expect(foreignProfile(below, machine(0, {}))).toBeNull();
    expect(existsSync(below)).toBe(false);
  });

  it('is root’s own with sudo -H', () => {
    expect(foreignProfile(folder, machine(0, { SUDO_UID: '65534' }))).toBeNull();
  });
});
