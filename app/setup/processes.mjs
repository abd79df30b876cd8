import { codeOf } from './problem.mjs';

/** @param {number} pid @returns {boolean} whether there is such a process, ours or not */
export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
