import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { FrameReader } from './frames.mjs';

/** @import { GuestEvent } from './frames.mjs' */

/**
 * A guest's run: its results, and problems of the run (empty if there are none).
 * @typedef {{ passed: number, failed: number, seconds: number, problems: string[] }} GuestRun
 */

/** The program and the arguments that start it. @typedef {[program: string, args: string[], env?: NodeJS.ProcessEnv]} Command */

/** Documentation/admin-guide/kernel-parameters.txt */
const KERNEL_OPTIONS = [
  ...['console=ttyS0', 'quiet', 'panic=-1', 'mitigations=off', 'transparent_hugepage=madvise'],
  // Checks of whether timers and processors work, which fail where the machine is busy: the first with a panic.
  ...['no_timer_check', 'nowatchdog'],
];

/**
 * QEMU from a folder of unpacked packages, with their own loader and libraries: plain emulation on one thread a processor.
 * Results come on its standard output (the guest's second serial port), kernel messages go to a file (the first one).
 * @param {{ tools: string, kernel: string, initramfs: string, console: string }} files
 * @returns {Command}
 */
export function qemuCommand({ tools, kernel, initramfs, console }) {
  const libraries = join('lib', 'x86_64-linux-gnu');
  const inTools = (/** @type {string} */ path) => join(tools, path);
  return [
    inTools('lib64/ld-linux-x86-64.so.2'),
    [
      ...['--library-path', [inTools(libraries), inTools(join('usr', libraries))].join(':')],
      inTools('usr/bin/qemu-system-x86_64'),
      ...['-L', inTools('usr/share/seabios'), '-L', inTools('usr/share/qemu')],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none'],
      ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1024'],
      // A reboot, which a panic is too, ends it.
      ...['-no-reboot', '-kernel', kernel, '-initrd', initramfs],
      ...['-append', KERNEL_OPTIONS.join(' ')],
      ...['-serial', `file:${console}`, '-serial', 'stdio'],
    ],
    { ...process.env, QEMU_MODULE_DIR: inTools(join('usr', libraries, 'qemu')) },
  ];
}

/**
 * What a guest's nice value is above ours: it only computes, and beside it are tests that wait for programs and depend on time.
 * Not so much that a test in a guest could run into its limit.
 */
const NICER_BY = 5;
/** The highest nice value. */
const MAX_NICE = 19;

/**
 * Runs a guest to its end and reads its report.
 * @param {Command} command
 * @param {string} console the file that the kernel messages go to
 * @param {(event: GuestEvent) => void} onEvent called for every event as it comes
 * @param {{ seconds: number, silentSeconds: number }} limits of the whole run, and between two events
 * @returns {Promise<GuestRun>}
 */
export function runGuest([program, args, env], console, onEvent, limits) {
  const reader = new FrameReader();
  /** @type {GuestRun} */
  const result = { passed: 0, failed: 0, seconds: 0, problems: [] };
  /** @type {GuestEvent | undefined} */
  let last;
  let current = 'before its first test';
  const began = performance.now();

  // The kernel kills it when this process ends, in whatever way (PR_SET_PDEATHSIG).
  const mortal = ['--pdeathsig', 'KILL', '--', program, ...args];
  const child = spawn('setpriv', mortal, { stdio: ['ignore', 'pipe', 'pipe'], ...(env && { env }) });
  // Its threads, which it starts later, inherit this.
  if (child.pid !== undefined) setPriority(child.pid, Math.min(MAX_NICE, getPriority() + NICER_BY));
  const kill = () => child.kill('SIGKILL');
  /** @param {string} problem */
  const giveUp = (problem) => {
    result.problems.push(`${problem}, ${current}.`);
    kill();
  };
  const { seconds, silentSeconds } = limits;
  const whole = setTimeout(() => giveUp(`The guest was not finished after ${seconds} s`), seconds * 1000);
  const silence = setTimeout(
    () => giveUp(`The guest printed nothing for ${silentSeconds} s`),
    silentSeconds * 1000,
  );

  child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
    for (const event of reader.read(chunk)) {
      last = event;
      silence.refresh();
      if (event.event === 'begin') current = `in “${event.test}”`;
      if (event.event === 'test') result[event.passed ? 'passed' : 'failed'] += 1;
      if (event.event === 'test') current = `after “${event.test}”`;
      onEvent(event);
    }
  });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));

  return new Promise((resolve) => {
    /** @param {string} ending */
    const finish = (ending) => {
      const { passed, failed } = result;
      clearTimeout(whole);
      clearTimeout(silence);
      result.seconds = (performance.now() - began) / 1000;
      if (reader.lost > 0) result.problems.push(`${reader.lost} lines of the guest’s report were lost.`);
      if (last?.event !== 'end') {
        if (result.problems.length === 0) result.problems.push(`The guest stopped ${current} (${ending}).`);
        result.problems.push(`${errors}The last lines of its console:\n${consoleEnd(console)}`);
      } else if (last.passed !== passed || last.failed !== failed) {
        result.problems.push(
          `The guest counted ${last.passed} passed and ${last.failed} failed; not all arrived.`,
        );
      } else if (passed + failed === 0) {
        result.problems.push('The guest ran no test.');
      }
      resolve(result);
    };
    child.on('error', (error) => finish(String(error)));
    child.on('close', (code, signal) => finish(signal ?? `QEMU’s exit code ${code}`));
  });
}

/** @param {string} file @returns {string} its last lines */
function consoleEnd(file) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split(/\r?\n/).slice(-30).join('\n');
  } catch {
    return '(there is none)';
  }
}
