import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/**
 * `npm test` runs several test runners, and prints at its end what failed in any of them: each appends its failures to the file
 * that this variable names. Without it nothing is kept.
 */
const VARIABLE = 'SOFT_DIRTY_FAILURES';
/** Lines kept of a message: the rest is where the test ran. */
const MAX_MESSAGE_LINES = 8;

/**
 * @param {string} name the test's full name
 * @param {string} message why it failed
 */
export function keepFailure(name, message) {
  const file = process.env[VARIABLE];
  if (file === undefined) return;
  const lines = stripVTControlCharacters(message).trim().split('\n').slice(0, MAX_MESSAGE_LINES);
  appendFileSync(file, [`✗ ${name}`, ...lines.map((line) => `    ${line}`), ''].join('\n'));
}

/**
 * Collects the failures of this process and of those that it starts.
 * @returns {() => string} ends that, and returns what failed: empty if nothing did
 */
export function collectFailures() {
  const file = join(tmpdir(), `soft-dirty-failures-${process.pid}`);
  appendFileSync(file, '');
  process.env[VARIABLE] = file;
  return () => {
    Reflect.deleteProperty(process.env, VARIABLE);
    const failures = readFileSync(file, 'utf8').trimEnd();
    rmSync(file);
    return failures;
  };
}
