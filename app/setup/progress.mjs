/**
 * Progress on standard error: standard output belongs to the program that is set up.
 * On a terminal a step rewrites its own line; elsewhere it prints a line when it begins and one when it ends.
 */

const terminal = process.stderr.isTTY === true;
const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

let muted = false;

/** Suppresses progress from now on; failures are still printed. */
export function mute() {
  muted = true;
}

/** @param {string} line */
export function print(line) {
  if (!muted) process.stderr.write(`${line}\n`);
}

/**
 * Runs one step, showing its title, what it reports meanwhile, and how long it took.
 * @template T
 * @param {string} title what is being done, a noun phrase or "doing something"
 * @param {(report: (detail: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  if (muted) return work(() => undefined);
  const began = performance.now();
  let detail = '';
  const draw = () => process.stderr.write(`\r\x1b[K  ${title} … ${detail} ${seconds(began)}`);
  if (!terminal) print(`  ${title} …`);
  const timer = terminal ? setInterval(draw, 250) : undefined;
  try {
    const result = await work((text) => {
      detail = text;
    });
    process.stderr.write(`${terminal ? '\r\x1b[K' : ''}  ${title}: ${seconds(began)}\n`);
    return result;
  } catch (error) {
    if (terminal) process.stderr.write('\r\x1b[K');
    throw error;
  } finally {
    clearInterval(timer);
  }
}
