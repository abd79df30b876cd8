import { spawn } from 'node:child_process';

/** @import { ChildProcess } from 'node:child_process' */

/**
 * Runs a command to its end and keeps its output.
 * @typedef {{ code: number | null, output: string }} Finished
 * @typedef {(command: string, args: string[], options?: { env?: NodeJS.ProcessEnv, cwd?: string }) => Promise<Finished>} Run
 * @type {Run}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const done = passSignals(child);
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.on('error', (error) => {
      done();
      resolve({ code: null, output: String(error) });
    });
    child.on('close', (code) => {
      done();
      resolve({ code, output });
    });
  });
}

/**
 * Runs a command in the foreground: it has the terminal, and its exit ends this process.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} its exit code; 128 + n after signal n, as shells count
 */
export function foreground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' });
    const done = passSignals(child);
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15));
    });
  });
}

/**
 * Ctrl-C reaches a child by itself, and this process only has to wait for it; other signals are passed on.
 * @param {ChildProcess} child
 * @returns {() => void} to be called when it has ended
 */
function passSignals(child) {
  const wait = () => undefined;
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on('SIGINT', wait).on('SIGTERM', pass).on('SIGHUP', pass);
  return () => process.off('SIGINT', wait).off('SIGTERM', pass).off('SIGHUP', pass);
}

/** Signals that end a command. */
export const ENDING_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * For a command that runs others one after the other: a signal that ends the current one must not begin the next.
 * @returns {() => number} the exit code after such a signal, as shells count; 0 while there was none
 */
export function noteSignals() {
  let code = 0;
  const note = (/** @type {NodeJS.Signals} */ _signal, /** @type {number} */ number) => (code = 128 + number);
  for (const signal of ENDING_SIGNALS) process.on(signal, note);
  return () => code;
}
