import { describe, expect, it } from 'vitest';
import { parsePages } from './lessons.ts';

describe('pages in words', () => {
  it.each([
    ['', []],
    ['0x100003000', [0x100003]],
    ['0x100003abc, 0x100001000', [0x100001, 0x100003]],
    ['0x1000-0x4000; 0x2000', [1, 2, 3]],
    ['0x1000–0x2000', [1]],
  ])('%j', (text, pages) => expect(parsePages(text)).toEqual(pages));

  it.each(['3', '0x', '0x2000-0x1000', '0x0-0x7fffffffffff', 'none'])('%j is refused', (text) => {
    expect(() => parsePages(text)).toThrow(/is not/);
  });
});
