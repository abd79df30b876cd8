import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../../../app/setup/bundles.mjs';
import { dist, root } from '../../../app/setup/paths.mjs';
import { prepareProgram } from '../../../app/setup/prepare.mjs';
import { Problem } from '../../../app/setup/problem.mjs';
import { print, step } from '../../../app/setup/progress.mjs';
import { ENDING_SIGNALS, run } from '../../../app/setup/run.mjs';
import { qemuCommand, runGuest } from './boot.mjs';
import { guestFileSystem } from './guest-files.mjs';
import { kernelFiles, kernels, prepareMachine, tools } from './machine.mjs';
import { printEvent, printRun } from './print.mjs';
import { stackMapper } from './stacks.mjs';

/** @import { Bundle } from '../../../app/setup/bundles.mjs' */
/** @import { GuestRun } from './boot.mjs' */
/** @import { Kernel } from './machine.mjs' */

/** Emulation is slow, and the machine may be busy with other tests. */
const limits = { seconds: 1800, silentSeconds: 240 };
const MAX_BOOTS = 2;

/**
 * `npm run test:vm`: the native suite on stock kernels that have soft-dirty, under emulation. All guests run at once.
 * @param {string[]} args names of kernels, such as 6.1; all without it
 * @returns {Promise<number>} the exit code
 */
export async function testOnKernels(args) {
  const unknown = args.filter((name) => !kernels.some((kernel) => kernel.name === name));
  if (unknown.length > 0) {
    const known = kernels.map(({ name }) => name).join(' and ');
    throw new Problem(`There is no kernel ${unknown.join(', ')} here.`, `The kernels are ${known}.`);
  }
  const wanted = kernels.filter(({ name }) => args.length === 0 || args.includes(name));
  await prepareMachine(wanted);
  await prepareProgram([]);

  const folder = mkdtempSync(join(tmpdir(), 'soft-dirty-inspector-vm-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', clean);
  for (const signal of ENDING_SIGNALS) process.on(signal, exitSoon);
  try {
    const initramfs = await step('Packing the guests’ files', () => pack(folder));
    const map = stackMapper(join(folder, 'app', 'suite.js.map'));
    const runs = await Promise.all(wanted.map((kernel) => runOn(kernel, folder, initramfs, map)));
    runs.forEach((result, index) => printRun(wanted[index]?.name ?? '', result));
    return runs.every(({ failed, problems }) => failed === 0 && problems.length === 0) ? 0 : 1;
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, exitSoon);
    process.off('exit', clean);
    clean();
  }
}

/**
 * By itself a signal ends the process without its `exit` handlers. Other handlers of the signal run first.
 * @param {NodeJS.Signals} _signal
 * @param {number} number
 */
function exitSoon(_signal, number) {
  setImmediate(() => process.exit(128 + number));
}

/** @param {string} folder @returns {Promise<string>} the guests' file system, as a file */
async function pack(folder) {
  const app = join(folder, 'app');
  mkdirSync(app);
  cpSync(join(dist, 'native'), join(app, 'native'), { recursive: true });
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
  /** @type {Bundle[]} */
  const bundles = [
    {
      name: 'guest’s suite',
      entry: 'main/native/vm/suite.ts',
      output: 'suite.js',
      inputs: [],
      runs: 'node',
      instead: { vitest: 'main/native/vm/stand-in.ts' },
    },
    ...['test-target', 'attach-once'].map(
      /** @returns {Bundle} */ (script) => ({
        name: script,
        entry: `main/native/testing/${script}.ts`,
        output: `${script}.js`,
        inputs: [],
        runs: 'node',
      }),
    ),
  ];
  for (const bundle of bundles) await buildBundle({ ...bundle, folder: app });
  await compileForGuest('main/native/attach/blocking-calls.c', join(app, 'blocking-calls'));
  const file = join(folder, 'initramfs');
  writeFileSync(file, await guestFileSystem(join(tools, 'bin', 'busybox'), app));
  return file;
}

/** @param {string} source from the repository's root; @param {string} output a program that needs no library */
async function compileForGuest(source, output) {
  const { code, output: messages } = await run('cc', [
    '-O1',
    '-static',
    '-pthread',
    '-o',
    output,
    join(root, source),
  ]);
  if (code !== 0) {
    throw new Problem(
      `${source} cannot be compiled: ${messages.trim()}`,
      'Install a C compiler (gcc, libc6-dev).',
    );
  }
}

/**
 * @param {Kernel} kernel
 * @param {string} folder
 * @param {string} initramfs
 * @param {(stack: string) => string} map
 * @returns {Promise<GuestRun>}
 */
async function runOn(kernel, folder, initramfs, map) {
  const { image, version } = kernelFiles(kernel);
  const console = join(folder, `console-${kernel.name}`);
  print(`  Linux ${version} (${kernel.has})`);
  const command = qemuCommand({ tools, kernel: image, initramfs, console });
  for (let boots = 1; ; boots++) {
    let started = false;
    const result = await runGuest(
      command,
      console,
      (event) => {
        started ||= event.event === 'start';
        printEvent(kernel.name, event, map);
      },
      limits,
    );
    // Emulated kernels panic occasionally while they boot, which has nothing to do with the tests.
    if (started || boots === MAX_BOOTS) return result;
    print(
      `  Linux ${version} ended before its first test, and is booted once more: ${result.problems[0] ?? ''}`,
    );
  }
}
