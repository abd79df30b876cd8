import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from './problem.mjs';

const isRoot = () => process.platform === 'linux' && process.getuid?.() === 0;

/** @returns {string[]} Chromium refuses to run its sandbox as root, and must use it as any other user */
export function sandboxFlags() {
  return isRoot() ? ['--no-sandbox'] : [];
}

/**
 * Reports in advance if the kernel forbids the sandbox to ordinary users; Chromium would abort.
 * @param {string} runtime the runtime's folder
 */
export function checkSandbox(runtime) {
  if (process.platform !== 'linux' || isRoot()) return;
  const helper = join(runtime, 'chrome-sandbox');
  const setuid = existsSync(helper) && statSync(helper).uid === 0 && (statSync(helper).mode & 0o4000) !== 0;
  if (setuid) return;
  const forbidden = [
    ['kernel.unprivileged_userns_clone', '0', '1'],
    ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
    ['user.max_user_namespaces', '0', '10000'],
  ].find(([name = '', value]) => setting(name) === value);
  if (forbidden === undefined) return;
  throw new Problem(
    `This system forbids user namespaces to ordinary users (${forbidden[0]} is ${forbidden[1]}), and Chromium’s sandbox needs them.`,
    `Run this and then the command again: sudo sysctl -w ${forbidden[0]}=${forbidden[2]}`,
  );
}

/** @param {string} name */
function setting(name) {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
