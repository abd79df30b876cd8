import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { runHere } from './testing/run-here.ts';

describe('soft-dirty', () => {
  it.each(['--version', '-V'])('shows its version for %s', async (word) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { code, out, error } = await runHere(word);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(/^soft-dirty \S+ \(Node \d+\.\d+\.\d+, Linux \S+\)\n$/);
    expect(out).toContain(` ${version} (`);
  });

  it.each(Object.keys(COMMANDS))('help %s is the same as its --help, with every option', async (name) => {
    const help = await runHere('help', name);
    expect(help).toMatchObject({ code: 0, error: '' });
    expect(help.out).toContain(`Usage: soft-dirty ${name} `);
    expect(help.out).toContain('Exit codes: 0');
    expect(await runHere(name, '--help')).toEqual(help);
    expect(await runHere(name, '-h')).toEqual(help);
    const command = await COMMANDS[name].load();
    for (const { flags } of command.syntax().options) expect(help.out).toContain(`  ${flags}`);
  });

  it.each([['help'], ['--help'], ['-h'], ['help', '--help']])(
    'the overview has every command: %j',
    async (...args) => {
      const { code, out, error } = await runHere(...args);
      expect({ code, error }).toEqual({ code: 0, error: '' });
      for (const [name, { summary }] of Object.entries(COMMANDS)) {
        expect(out).toMatch(new RegExp(`^  ${name} +${summary.split(' ').slice(0, 4).join(' ')}`, 'm'));
      }
      expect(out).toContain('--version');
    },
  );

  it.each([
    [['wacth', '--pid', '1'], "unknown command 'wacth'\n(Did you mean watch?)"],
    [['help', 'recrod'], "unknown command 'recrod'\n(Did you mean record?)"],
    [['--verison'], "unknown option '--verison'\n(Did you mean --version?)"],
    [['constructor'], "unknown command 'constructor'"],
    [['help', 'watch', 'more'], 'help takes one command'],
    [['--pid', '1'], "unknown option '--pid'"],
    [['snapshot', '--pids', '1'], "unknown option '--pids'\n(Did you mean --pid?)"],
    [['export', 'a', '--fromat', 'csv'], "unknown option '--fromat'\n(Did you mean --format?)"],
    [['info', 'a', 'b'], 'expected one file'],
    [['recover'], 'which file?'],
    [['watch', '--pid', '1', '2', '3'], 'unexpected argument "2"'],
    [['snapshot', '--pid', '1', '--start', '--len', '1M'], '--start needs a value, and --len is an option'],
    [['record', '--pid', '--out', 'x'], '--pid needs a value, and --out is an option'],
    [['watch', '--pid'], "option '--pid <N>' argument missing"],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, error } = await runHere(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(message);
    expect(error).toMatch(/\nTry: soft-dirty .*--help\n$/);
  });

  it.each([
    ['watch', '--start', '0x800000000000', '--len', '4096'],
    ['snapshot', '--out', '/tmp/x', '--start', '0x800000000000', '--len', '4096'],
    ['snapshot', '--out', '/tmp/x', '--start', '0xffffffffffffffffffff000', '--len', '4096'],
  ])('an address of 2^47 or above is wrong usage of %s', async (name, ...args) => {
    const { code, out, error } = await runHere(name, '--pid', String(process.pid), ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toBe(
      `soft-dirty ${name}: the range ends beyond 0x800000000000 (2^47), where the memory of programs ends\nTry: soft-dirty ${name} --help\n`,
    );
  });
});
