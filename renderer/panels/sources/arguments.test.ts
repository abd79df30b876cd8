import { describe, expect, it } from 'vitest';
import { splitArguments } from './arguments.ts';

describe('arguments of a command', () => {
  it.each([
    ['', []],
    ['  -a   b ', ['-a', 'b']],
    [`-c "print('hi there')"`, ['-c', "print('hi there')"]],
    [`'a "b" c' d\\ e`, ['a "b" c', 'd e']],
    [`'a\\b' "a\\"b"`, ['a\\b', 'a"b']],
    [`"" ''`, ['', '']],
    [`a"b"c`, ['abc']],
    ['"open', null],
    ['trailing\\', null],
  ])('%s', (line, args) => {
    expect(splitArguments(line)).toEqual(args);
  });
});
