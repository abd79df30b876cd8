import { spawn } from 'node:child_process';
import { Problem } from './problem.mjs';

/** @typedef {{ code: number | null, stdout: string, stderr: string }} Finished */

/**
 * Runs the ordinary npm client, with the user's own configuration.
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<Finished>}
 */
export async function npm(args, cwd) {
  // Under `npm start` npm sets its own path; that also avoids the shell that npm.cmd needs on Windows.
  const self = process.env['npm_execpath'];
  const [command, first] = self ? [process.execPath, [self]] : ['npm', []];
  // npm’s own timeout is more than a minute; a missing network should be reported sooner.
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const child = spawn(command, [...first, ...args, ...patience], {
    cwd,
    shell: !self && process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  });
  const finished = { code: /** @type {number | null} */ (null), stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (finished.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (finished.stderr += String(chunk)));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ ...finished, stderr: String(error) }));
    child.on('close', (code) => resolve({ ...finished, code }));
  });
}

/** The environment without npm's settings for the outer run. */
function environment() {
  const own = /^npm_config_(local_prefix|prefix|json|dry_run)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/**
 * The problem for a failure of npm, by its error code.
 * @param {Finished} result
 * @param {string} what the sentence's first part, without a full stop
 * @returns {Problem}
 */
export function npmProblem(result, what) {
  const output = `${result.stderr}\n${result.stdout}`;
  if (
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(
      output,
    )
  ) {
    return new Problem(
      `${what}: npm cannot reach its registry.`,
      'Check the network (and npm’s proxy settings) and run the command again.',
    );
  }
  if (/\b(ENOSPC|EDQUOT)\b|no space left/i.test(output)) {
    return new Problem(`${what}: the disk is full.`, 'Free some space and run the command again.');
  }
  if (/\b(EACCES|EPERM|EROFS)\b/.test(output)) {
    return new Problem(
      `${what}: npm has no permission to write.`,
      'Make this folder and npm’s cache writable (`npm config get cache`), and run the command again.',
    );
  }
  if (/\bEINTEGRITY\b/.test(output)) {
    return new Problem(
      `${what}: a package differs from the lock file.`,
      'Run `npm cache clean --force` and try again.',
    );
  }
  if (/\b(E404|ETARGET|E401|E403)\b/.test(output)) {
    return new Problem(
      `${what}: npm’s registry does not provide it.`,
      'Check `npm config get registry`; a mirror may lack packages.',
    );
  }
  const line =
    output.split('\n').find((text) => /npm (error|ERR!)/.test(text)) ?? output.trim().split('\n')[0] ?? '';
  return new Problem(
    `${what}: ${line.replace(/^npm (error|ERR!)\s*/, '') || `npm ended with code ${result.code}`}.`,
    'Run `npm ci` by hand to see more.',
  );
}
