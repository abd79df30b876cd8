import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { displayFlags, hasDisplay, startXvfb } from './display.mjs';

const yes = () => true;
const no = () => false;

describe('whether there is a display', () => {
  it.each([
    ['X11', { DISPLAY: ':0' }, yes, true],
    ['X11 on another machine', { DISPLAY: 'localhost:10.0' }, no, true],
    ['Wayland', { WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: '/run/user/1' }, yes, true],
    ['Wayland by its path', { WAYLAND_DISPLAY: '/run/w' }, (path: string) => path === '/run/w', true],
    ['Wayland without a socket', { WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: '/run/user/1' }, no, false],
    ['Wayland without a runtime folder', { WAYLAND_DISPLAY: 'wayland-0' }, yes, false],
    ['none', {}, yes, false],
    ['a variable that outlived its server', { DISPLAY: ':7' }, no, false],
  ])('%s', (_name, env, exists, expected) => {
    expect(hasDisplay(env, 'linux', exists)).toBe(expected);
  });

  it('is X11 if there is one, else Wayland, selected by a switch of Chromium', () => {
    const wayland = { WAYLAND_DISPLAY: 'w', XDG_RUNTIME_DIR: '/run/user/1' };
    const both = { DISPLAY: ':0', ...wayland };
    expect(displayFlags(wayland, 'linux', yes)).toEqual(['--ozone-platform=wayland']);
    expect(displayFlags(both, 'linux', yes)).toEqual([]);
    // DISPLAY outlived its server.
    const onlySocket = (path: string) => path === '/run/user/1/w';
    expect(displayFlags(both, 'linux', onlySocket)).toEqual(['--ozone-platform=wayland']);
    expect(displayFlags({}, 'linux', yes)).toEqual([]);
    expect(displayFlags(wayland, 'darwin', yes)).toEqual([]);
  });

  it.each(['darwin', 'win32'] as const)('always on %s', (platform) => {
    expect(hasDisplay({}, platform, no)).toBe(true);
  });
});

const socket = (display: string) => `/tmp/.X11-unix/X${display.slice(1)}`;
const gone = (display: string) => vi.waitFor(() => expect(existsSync(socket(display))).toBe(false), 5000);

describe.runIf(process.platform === 'linux')('a display server of one’s own', () => {
  it('uses a free display number, and ends when it is stopped', async () => {
    const [one, two] = await Promise.all([startXvfb(), startXvfb()]);
    expect(one.display).not.toBe(two.display);
    expect(existsSync(socket(one.display)) && existsSync(socket(two.display))).toBe(true);
    one.stop();
    two.stop();
    await Promise.all([gone(one.display), gone(two.display)]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when its owner ends by %s', async (signal) => {
    const module = fileURLToPath(new URL('display.mjs', import.meta.url));
    const script = `
      const { startXvfb } = await import(${JSON.stringify(module)});
      console.log((await startXvfb()).display);
      setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const display = line.toString().trim();
    expect(existsSync(socket(display))).toBe(true);
    owner.kill(signal);
    await gone(display);
  });

  it('is reported if it is not installed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(startXvfb()).rejects.toThrow(
      /^The display server Xvfb could not be started: .*not found\.$/,
    );
    vi.unstubAllEnvs();
  });
});
