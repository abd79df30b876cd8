import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { Problem } from './problem.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

/** @import { Run } from './run.mjs' */

/** Debian's packages; if a later release renamed one, the names in the order in which they are tried. */
const electronPackages = [
  ['libgtk-3-0t64', 'libgtk-3-0'],
  ['libnss3'],
  ['libgbm1'],
  ['libasound2t64', 'libasound2'],
  ['libxss1'],
  ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
];
const displayPackages = [['xvfb'], ['xauth']];

/**
 * Properties of this machine that matter for libraries; replaced in tests.
 * @typedef {object} Machine
 * @property {boolean} linux
 * @property {boolean} root
 * @property {boolean} apt whether apt-get is installed
 * @property {(program: string) => boolean} has whether a program is on the path
 * @property {Run} run
 * @property {(work: () => Promise<void>) => Promise<void>} alone runs work while no other run installs
 */

/** Where Debian's package wine64 has its programs. */
export const wineFolder = '/usr/lib/wine';

/** @type {Machine} */
const thisMachine = {
  linux: process.platform === 'linux',
  root: process.getuid?.() === 0,
  apt: existsSync('/usr/bin/apt-get'),
  // Debian keeps Wine's programs in a separate folder.
  has: (program) =>
    [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', wineFolder].some((folder) =>
      existsSync(join(folder, program)),
    ),
  run,
  alone: (work) => withLock(join(cacheDir(), '.libraries'), work),
};

/**
 * @param {string} executable
 * @param {Machine} machine
 * @returns {Promise<string[]>} libraries that the executable is linked to and that are missing
 */
async function missingLibraries(executable, machine) {
  const { output } = await machine.run('ldd', [executable]);
  return [...output.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] ?? '');
}

/**
 * Makes sure that Electron finds its libraries, and that there is a display server if there is no display.
 * As root on Debian it installs them; else it names the command to run.
 * @param {string} executable Electron's
 * @param {boolean} needsXvfb
 * @param {Machine} [machine]
 */
export async function prepareLibraries(executable, needsXvfb, machine = thisMachine) {
  if (!machine.linux) return;
  const missing = await missingLibraries(executable, machine);
  const noXvfb = needsXvfb && !machine.has('Xvfb');
  if (missing.length === 0 && !noXvfb) return;

  const what = packageNames(missing, noXvfb);
  if (!machine.apt) {
    throw new Problem(
      `This system lacks ${what}.`,
      'Install them with the system’s package manager and run the command again.',
    );
  }
  const groups = [...(missing.length > 0 ? electronPackages : []), ...(noXvfb ? displayPackages : [])];
  if (!machine.root) {
    const packages = await selectNames(groups, machine);
    throw new Problem(
      `This system lacks ${what}.`,
      `Run this and then the command again: sudo apt-get install -y ${packages.join(' ')}`,
    );
  }
  await machine.alone(async () => {
    // Another run may have installed them meanwhile.
    const waiting =
      (await missingLibraries(executable, machine)).length > 0 || (noXvfb && !machine.has('Xvfb'));
    if (waiting) await step('Installing system libraries', (report) => install(groups, machine, report));
  });
  const still = await missingLibraries(executable, machine);
  if (still.length > 0) {
    throw new Problem(
      `This system still lacks ${packageNames(still, false)}.`,
      'Install the packages that hold them (`apt-file search` finds them) and run the command again.',
    );
  }
}

/**
 * Other programs that tests run: a decoder of recordings in another language, what it decompresses with, a Wayland
 * compositor without a screen, compilers of the programs that are watched, the server of another machine, and
 * what asks for an administrator's consent.
 * @type {Record<string, string>} the package of each
 */
const testTools = {
  python3: 'python3',
  zstd: 'zstd',
  weston: 'weston',
  'g++': 'g++',
  rustc: 'rustc',
  javac: 'default-jdk-headless',
  sshd: 'openssh-server',
  pkexec: 'pkexec',
  sudo: 'sudo',
  'dbus-daemon': 'dbus-daemon',
};

/** What the tests under Wine need: Wine without its 32-bit part, and a compiler for Windows; Debian's packages of them. */
const wineTools = { 'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64', wine64: 'wine64' };

/**
 * Makes sure that the programs for the tests are installed. As root on Debian it installs them; else it names the command
 * to run.
 * @param {Machine} [machine]
 */
export function prepareTestTools(machine = thisMachine) {
  return prepareTools(testTools, 'the tests', machine);
}

/** Like `prepareTestTools`, for the tests under Wine. @param {Machine} [machine] */
export function prepareWineTools(machine = thisMachine) {
  return prepareTools(wineTools, 'the tests under Wine', machine);
}

/**
 * @param {Record<string, string>} tools programs, each with the package that has it
 * @param {string} what needs them
 * @param {Machine} machine
 */
async function prepareTools(tools, what, machine) {
  const missing = () => Object.entries(tools).filter(([name]) => !machine.has(name));
  if (!machine.linux || missing().length === 0) return;
  const packages = () => missing().map(([, name]) => name);
  if (!machine.apt || !machine.root) {
    throw new Problem(
      `${what[0]?.toUpperCase()}${what.slice(1)} need ${missing()
        .map(([name]) => name)
        .join(' and ')}.`,
      machine.apt
        ? `Run this and then the command again: sudo apt-get install -y ${packages().join(' ')}`
        : 'Install them with the system’s package manager and run the command again.',
    );
  }
  await machine.alone(async () => {
    const groups = packages().map((name) => [name]);
    if (groups.length > 0)
      await step(`Installing programs for ${what}`, (report) => install(groups, machine, report));
  });
}

/** @param {string[]} missing @param {boolean} noXvfb @returns {string} a few names, not all twenty-five */
function packageNames(missing, noXvfb) {
  const few = missing.slice(0, 3);
  if (missing.length > few.length) few.push(`${missing.length - few.length} more libraries`);
  return [...few, ...(noXvfb ? ['Xvfb (there is no display)'] : [])].join(', ');
}

/**
 * @param {string[][]} groups
 * @param {Machine} machine
 * @returns {Promise<string[]>} of each group the first name that this release of Debian knows
 */
async function selectNames(groups, machine) {
  const { output } = await machine.run('apt-cache', ['policy', ...groups.flat()], { env: plain() });
  const known = new Set(
    [...output.matchAll(/^(\S+):\n.*\n\s+Candidate: (?!\(none\))/gm)].map((match) => match[1]),
  );
  return groups.map((names) => names.find((name) => known.has(name)) ?? names.at(-1) ?? '');
}

/**
 * @param {string[][]} groups
 * @param {Machine} machine
 * @param {(detail: string) => void} report
 */
async function install(groups, machine, report) {
  const attempt = async () => {
    const packages = await selectNames(groups, machine);
    report(packages.join(' '));
    const options = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    return machine.run('apt-get', ['install', ...options, ...packages], { env: plain() });
  };
  let result = await attempt();
  if (result.code !== 0 && !diskFull(result.output)) {
    // A fresh machine has no package lists, an old one has stale ones.
    report('refreshing package lists');
    const update = await machine.run('apt-get', ['update'], { env: plain() });
    result = update.code === 0 ? await attempt() : update;
  }
  if (result.code !== 0) throw aptProblem(result.output);
}

/** apt in English, because its output is parsed, and without questions. */
function plain() {
  return { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
}

/** @param {string} output */
function diskFull(output) {
  return /No space left|don't have enough free space/i.test(output);
}

/** @param {string} output @returns {Problem} */
function aptProblem(output) {
  const what = 'The system libraries could not be installed';
  if (diskFull(output))
    return new Problem(`${what}: the disk is full.`, 'Free some space and run the command again.');
  if (/resolving|resolve|Could not connect|Failed to fetch|Connection (failed|timed out)/i.test(output)) {
    return new Problem(
      `${what}: apt cannot reach Debian’s servers.`,
      'Check the network and run the command again.',
    );
  }
  if (/Could not get lock|Permission denied|are you root/i.test(output)) {
    return new Problem(
      `${what}: apt is in use or not allowed.`,
      'Wait for the other installation, or ask an administrator, and run the command again.',
    );
  }
  const line = output.split('\n').find((text) => text.startsWith('E: ')) ?? 'apt-get failed';
  return new Problem(`${what}: ${line.replace(/^E: /, '')}.`, 'Run `apt-get install` by hand to see more.');
}
