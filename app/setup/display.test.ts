import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { hasDisplay, startXvfb } from './display.mjs';

const yes = () => true;
const no = () => false;

describe('whether there is a display', () => {
  it.each([
    ['X11', { DISPLAY: ':0' }, yes, true],
    ['X11 on another machine', { DISPLAY: 'localhost:10.0' }, no, true],
    ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, no, true],
    ['none', {}, yes, false],
    ['a variable that outlived its server', { DISPLAY: ':7' }, no, false],
  ])('%s', (_name, env, exists, expected) => {
    expect(hasDisplay(env, 'linux', exists)).toBe(expected);
  });

  it.each(['darwin', 'win32'] as const)('always on %s', (platform) => {
    expect(hasDisplay({}, platform, no)).toBe(true);
  });
});

const socket = (display: string) => `/tmp/.X11-unix/X${display.slice(1)}`;
const gone = (display: string) => vi.waitFor(() => expect(existsSync(socket(display))).toBe(false), 5000);

describe.runIf(process.platform === 'linux')('a display server of one’s own', () => {
  it('stands on a free display, and goes when it is stopped', async () => {
    const [one, two] = await Promise.all([startXvfb(), startXvfb()]);
    expect(one.display).not.toBe(two.display);
    expect(existsSync(socket(one.display)) && existsSync(socket(two.display))).toBe(true);
    one.stop();
    two.stop();
    await Promise.all([gone(one.display), gone(two.display)]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('goes when its owner ends by %s', async (signal) => {
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

  it('that is not installed is told', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(startXvfb()).rejects.toThrow(
      /^The display server Xvfb could not be started: .*not found\.$/,
    );
    vi.unstubAllEnvs();
  });
});
