import { describe, expect, it } from 'vitest';
import { runProgram } from './program.ts';
import { parseWatchOptions } from './watch-options.ts';

describe('parseWatchOptions', () => {
  it('takes one treatment of huge pages', () => {
    const { huge, restoreHuge } = parseWatchOptions(['--pid=1', '--huge', 'leave']);
    expect({ huge, restoreHuge }).toEqual({ huge: 'leave', restoreHuge: true });
    expect(parseWatchOptions(['--pid=1', '--no-restore-huge']).restoreHuge).toBe(false);
    expect(() => parseWatchOptions(['--pid=1', '--huge', 'keep'])).toThrow('split, leave, compare');
    expect(() => parseWatchOptions(['--pid=1', '--huge=leave', '--no-restore-huge'])).toThrow(
      'none is split',
    );
  });

  it('has defaults for everything but the process', () => {
    expect(parseWatchOptions(['--pid', '12'])).toEqual({
      pid: 12,
      phases: { signal: null, fd: null, pipe: null },
      triggers: [],
      hz: 20,
      duration: null,
      range: null,
      backend: null,
      freeze: false,
      exact: false,
      clearAnyway: false,
      counts: null,
      top: 20,
      json: false,
      huge: 'split',
      restoreHuge: true,
    });
  });

  it('takes a range in bytes, with whole pages at its end', () => {
    const range = (start: string, len: string) =>
      parseWatchOptions(['--pid', '1', '--start', start, '--len', len]).range;
    expect(range('0x7f0000001000', '1')).toEqual({ start: 0x7f0000001, end: 0x7f0000002 });
    expect(range('8192', '64KiB')).toEqual({ start: 2, end: 18 });
    expect(range('0', '128T')).toEqual({ start: 0, end: 2 ** 35 });
  });

  it('takes decimals, and seconds as milliseconds', () => {
    const { hz, duration } = parseWatchOptions(['--pid=1', '--hz', '0.5', '--duration', '.25']);
    expect({ hz, duration }).toEqual({ hz: 0.5, duration: 250 });
  });
});

describe('soft-dirty watch, wrong usage', () => {
  it.each([
    [[], '--pid N is missing'],
    [['--pid', 'node'], '--pid takes a whole number from 1 to 4194304, not "node"'],
    [['--pid', '0'], '--pid takes a whole number from 1 to 4194304, not "0"'],
    [['--pid', '-1'], '--pid takes a whole number from 1 to 4194304, not "-1"'],
    [['--pid', '1', '--hz', '0'], '--hz takes 0.1 to 1000 samples a second, not "0"'],
    [['--pid', '1', '--hz', '1e2'], '--hz takes 0.1 to 1000 samples a second, not "1e2"'],
    [
      ['--pid', '1', '--freeze', '--backend', 'compare'],
      '--freeze is for soft-dirty; compare never stops the program for a sample',
    ],
    [['--pid', '1', '--duration', 'x'], '--duration takes 0.001 to 1000000000 seconds, not "x"'],
    [['--pid', '1', '--start', '0x1000'], '--start and --len go together'],
    [['--pid', '1', '--start', '0x1001', '--len', '4K'], 'its page starts at 0x1000'],
    [['--pid', '1', '--start', 'here', '--len', '4K'], '--start takes bytes'],
    [['--pid', '1', '--start', '0', '--len', '0'], '--len 0 is an empty range'],
    [
      ['--pid', '1', '--start', '0xfffffffffffff000', '--len', '2'],
      'the range ends beyond 0x800000000000 (2^47)',
    ],
    [
      ['--pid', '1', '--backend', 'magic'],
      '--backend is one of write-protect, preload, soft-dirty, compare, not "magic"',
    ],
    [['--pid', '1', '--top', '1.5'], '--top takes a whole number from 1 to 10000, not "1.5"'],
    [
      ['--pid', '1', '--start', '0x800000000000', '--len', '4K'],
      'the range ends beyond 0x800000000000 (2^47)',
    ],
    [['--pid', '1', '--start', '0x7fffffffffff000', '--len', '8K'], 'where the memory of programs ends'],
    [
      ['--pid', '1', '--start', '0xffffffffffffffffff', '--len', '1'],
      'the range ends beyond 0x800000000000 (2^47)',
    ],
    [['--pid', '1', '--start', '0', '--len', '129T'], 'the range ends beyond 0x800000000000 (2^47)'],
    [['--pid', '1', '--fast'], "unknown option '--fast'"],
    [['--pid', '1', '--frezee'], "unknown option '--frezee'\n(Did you mean --freeze?)"],
    [['--pid', '1', '--duraton=5'], "unknown option '--duraton'\n(Did you mean --duration?)"],
    [['--pid', '1', '--backend'], "option '--backend <NAME>' argument missing"],
    [['--pid', '1', '2'], 'unexpected argument "2"'],
  ])('%j', async (args, words) => {
    let out = '';
    let error = '';
    const output = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    expect(await runProgram(['watch', ...args], output)).toBe(2);
    expect(out).toBe('');
    expect(error).toContain(words);
    expect(error).toContain('Try: soft-dirty watch --help');
  });
});
