import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's top folder. */
export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Where everything that is built goes; git-ignored. */
export const dist = join(root, 'app', 'dist');

/** Held by the run that installs packages or builds, so that two runs at once do not do both. */
export const setupLock = join(dist, '.lock');

/**
 * The folder outside the checkout that keeps the Electron runtime, shared by every checkout of this user.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {string}
 */
export function cacheDir(env = process.env, platform = process.platform) {
  const base =
    env['XDG_CACHE_HOME'] ||
    (platform === 'win32' && env['LOCALAPPDATA']) ||
    (platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  return join(base, 'soft-dirty-inspector');
}
