import { describe, expect, it } from 'vitest';
import { parseEnvironment } from './environment.ts';

describe('environment of a program', () => {
  it.each([
    ['', {}],
    ['A=1\n\n  B=two words \n', { A: '1', B: 'two words ' }],
    ['URL=a=b&c=d', { URL: 'a=b&c=d' }],
    ['EMPTY=', { EMPTY: '' }],
  ])('%j', (text, values) => {
    expect(parseEnvironment(text)).toEqual({ ok: true, values });
  });

  it.each([
    ['A', 'Line 1: write NAME=value'],
    ['A=1\n=2', 'Line 2: write NAME=value'],
    ['export A=1', 'Line 1: write NAME=value'],
    ['A=1\nA=2', 'Line 2: A is set twice'],
  ])('%j is refused', (text, error) => {
    expect(parseEnvironment(text)).toEqual({ ok: false, error });
  });
});
