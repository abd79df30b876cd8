import { keepFailure } from '../reporters/failures.mjs';

/** @import { GuestRun } from './boot.mjs' */
/** @import { GuestEvent } from './frames.mjs' */

/** @param {string} text */
const print = (text) => process.stdout.write(`${text}\n`);

/** @param {string} text @param {string} by */
const indent = (text, by) => text.replaceAll(/^(?=.)/gm, by);

/**
 * One event as it comes; guests that run at once are distinguished by the name in front.
 * @param {string} kernel
 * @param {GuestEvent} event
 * @param {(stack: string) => string} map
 */
export function printEvent(kernel, event, map) {
  const name = kernel.padEnd(5);
  switch (event.event) {
    case 'start':
      print(`${name} booted: Linux ${event.kernel}, Node ${event.node}, ${event.tests} tests`);
      break;
    case 'note':
      print(`${name}   ${event.text}`);
      break;
    case 'test':
      print(`${name} ${event.passed ? '✓' : '✗'} ${event.test}  ${event.ms} ms`);
      if (!event.passed)
        keepFailure(`Linux ${kernel} > ${event.test}`, event.errors.map(({ message }) => message).join('\n'));
      for (const { name: kind, message, stack, diff } of event.errors) {
        print(
          indent([`${kind}: ${message}`, diff, frames(map(stack))].filter(Boolean).join('\n'), '        '),
        );
      }
      break;
    case 'begin':
    case 'end':
  }
}

/** @param {string} stack @returns {string} the lines of the tests' own code */
function frames(stack) {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/node_modules|node:|suite\.js/.test(line))
    .join('\n');
}

/**
 * @param {string} kernel
 * @param {GuestRun} run
 */
export function printRun(kernel, { passed, failed, seconds, problems }) {
  print(`\nLinux ${kernel}: ${seconds.toFixed(1)} s`);
  for (const problem of problems) {
    print(indent(problem, '  '));
    keepFailure(`Linux ${kernel}`, problem);
  }
  // What went wrong around the tests counts as one that failed.
  print(`linux-${kernel}: ${passed} passed, ${failed + (problems.length > 0 ? 1 : 0)} failed`);
}
