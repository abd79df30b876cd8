import { describe, expect, it } from 'vitest';
import { prepareLibraries, prepareTestTools } from './libraries.mjs';
import { sentence } from './problem.mjs';
import { mute } from './progress.mjs';

mute();

/** A machine whose apt installs what `debian` knows, and fails with `failures`. */
function machine(options: {
  missing?: string[];
  xvfb?: boolean;
  root?: boolean;
  apt?: boolean;
  lists?: boolean;
  known?: string[];
  installs?: boolean;
  failure?: string;
}) {
  const { missing = [], xvfb = true, root = true, apt = true, installs = true, failure } = options;
  const known = options.known ?? [
    'libgtk-3-0',
    'libnss3',
    'libgbm1',
    'libasound2',
    'libxss1',
    'libatk-bridge2.0-0',
    'xvfb',
    'xauth',
  ];
  let lists = options.lists ?? true;
  let installed = false;
  const calls: string[] = [];
  const run = (command: string, args: string[]) => {
    const done = (output: string, code = 0) => Promise.resolve({ code, output });
    calls.push([command, ...args].join(' '));
    if (command === 'ldd') {
      return done(installed && installs ? '' : missing.map((name) => `\t${name} => not found\n`).join(''));
    }
    if (command === 'apt-cache') {
      if (!lists) return done('');
      const policy = args.slice(1).map((name) => {
        return `${name}:\n  Installed: (none)\n  Candidate: ${known.includes(name) ? '1.0' : '(none)'}\n`;
      });
      return done(policy.join(''));
    }
    if (args[0] === 'update') {
      if (failure) return done(failure, 100);
      lists = true;
      return done('');
    }
    if (failure) return done(failure, 100);
    if (!lists) return done('E: Unable to locate package libgtk-3-0', 100);
    installed = true;
    return done('');
  };
  return {
    calls,
    machine: { linux: true, root, apt, has: () => xvfb, run, alone: (work: () => Promise<void>) => work() },
  };
}

async function problemOf(options: Parameters<typeof machine>[0], needsXvfb = false): Promise<string> {
  try {
    await prepareLibraries('/electron', needsXvfb, machine(options).machine);
    return '';
  } catch (error) {
    return sentence(error);
  }
}

const missing = ['libgtk-3.so.0', 'libnss3.so'];

describe('system libraries', () => {
  it('that are all installed cost one check', async () => {
    const { calls, machine: here } = machine({});
    await prepareLibraries('/electron', true, here);
    expect(calls).toEqual(['ldd /electron']);
  });

  it('are installed by root', async () => {
    const { calls, machine: here } = machine({ missing });
    await prepareLibraries('/electron', false, here);
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual([
      'apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 libgtk-3-0 libnss3 libgbm1 libasound2 libxss1 libatk-bridge2.0-0',
    ]);
  });

  it('are not installed twice if another run was first', async () => {
    const { calls, machine: here } = machine({ missing });
    const late = {
      ...here,
      alone: async (work: () => Promise<void>) => {
        await here.run('apt-get', ['install']);
        calls.length = 0;
        await work();
      },
    };
    await prepareLibraries('/electron', false, late);
    expect(calls.filter((call) => call.startsWith('apt'))).toEqual([]);
  });

  it('come with package lists if the machine has none yet', async () => {
    const { calls, machine: here } = machine({ missing, lists: false });
    await prepareLibraries('/electron', false, here);
    expect(calls.filter((call) => call.startsWith('apt-get')).map((call) => call.split(' ')[1])).toEqual([
      'install',
      'update',
      'install',
    ]);
  });

  it('have the names that a later Debian gave them', async () => {
    const known = [
      'libgtk-3-0t64',
      'libnss3',
      'libgbm1',
      'libasound2t64',
      'libxss1',
      'libatk-bridge2.0-0t64',
    ];
    const { calls, machine: here } = machine({ missing, known });
    await prepareLibraries('/electron', false, here);
    expect(calls.at(-2)).toMatch(
      /libgtk-3-0t64 libnss3 libgbm1 libasound2t64 libxss1 libatk-bridge2\.0-0t64$/,
    );
  });

  it('include a display server if there is no display', async () => {
    const { calls, machine: here } = machine({ xvfb: false });
    await prepareLibraries('/electron', true, here);
    expect(calls.find((call) => call.startsWith('apt-get'))).toMatch(/xvfb xauth$/);
  });

  it('are named, with the command to run, to other users than root', async () => {
    expect(await problemOf({ missing, root: false, xvfb: false }, true)).toBe(
      'This system lacks libgtk-3.so.0, libnss3.so, Xvfb (there is no display). Run this and then the command again: ' +
        'sudo apt-get install -y libgtk-3-0 libnss3 libgbm1 libasound2 libxss1 libatk-bridge2.0-0 xvfb xauth',
    );
  });

  it('are named in short if there are many', async () => {
    const many = Array.from({ length: 25 }, (_, index) => `lib${index}.so`);
    expect(await problemOf({ missing: many, root: false })).toMatch(
      /^This system lacks lib0\.so, lib1\.so, lib2\.so, 22 more libraries\./,
    );
  });

  it('are named if there is no apt', async () => {
    expect(await problemOf({ missing, apt: false })).toMatch(
      /lacks libgtk-3\.so\.0, libnss3\.so\. Install them with the system’s package manager/,
    );
  });

  it('that apt does not have are named in the end', async () => {
    expect(await problemOf({ missing, installs: false })).toMatch(
      /still lacks libgtk-3\.so\.0, libnss3\.so\./,
    );
  });

  it.each([
    [
      "E: You don't have enough free space in /var/cache/apt/archives/.",
      /the disk is full\. Free some space/,
    ],
    [
      "E: Failed to fetch it  Temporary failure resolving 'host'",
      /apt cannot reach Debian’s servers\. Check the network/,
    ],
    ['E: Could not get lock /var/lib/dpkg/lock-frontend', /apt is in use or not allowed\. Wait/],
    ['E: Something else', /could not be installed: Something else\. Run `apt-get install` by hand/],
  ])('fail with a sentence: %s', async (failure, expected) => {
    expect(await problemOf({ missing, failure })).toMatch(expected);
  });
});

describe('prepareTestTools', () => {
  it('installs what is missing, as root on Debian, and names it else', async () => {
    const installed = new Set<string>([
      'python3',
      'weston',
      'g++',
      'rustc',
      'javac',
      'sshd',
      'pkexec',
      'sudo',
      'dbus-daemon',
    ]);
    const calls: string[] = [];
    const fakeMachine = {
      linux: true,
      root: true,
      apt: true,
      has: (program: string) => installed.has(program),
      run: (command: string, args: string[]) => {
        calls.push([command, ...args].join(' '));
        if (command === 'apt-get') installed.add(args.at(-1) ?? '');
        return Promise.resolve({ code: 0, output: 'zstd:\n  Installed: (none)\n  Candidate: 1.5\n' });
      },
      alone: (work: () => Promise<void>) => work(),
    };
    await expect(prepareTestTools({ ...fakeMachine, root: false })).rejects.toMatchObject({
      message: 'The tests need zstd.',
    });
    await prepareTestTools(fakeMachine);
    expect(calls.at(-1)).toMatch(/^apt-get install .* zstd$/);
    const before = calls.length;
    await prepareTestTools(fakeMachine);
    expect(calls).toHaveLength(before);
  });
});
