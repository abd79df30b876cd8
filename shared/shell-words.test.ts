import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinShellWords, splitShellWords } from './shell-words.ts';

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
    expect(splitShellWords(line)).toEqual(args);
  });

  it('are joined to a line that splits into the same again', () => {
    expect(joinShellWords(['-a', 'b c', "it's", ''])).toBe(`-a 'b c' 'it'\\''s' ''`);
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        expect(splitShellWords(joinShellWords(args))).toEqual(args);
      }),
    );
  });
});
