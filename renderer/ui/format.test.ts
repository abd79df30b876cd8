import { describe, expect, it } from 'vitest';
import { formatBytes, formatPages } from './format.ts';

describe('sizes of memory', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [12_700, '12.4 KiB'],
    [200 * 1024 + 500, '200 KiB'],
    [2 ** 40, '1 TiB'],
    // Between the halves of a 48-bit address space.
    [2 ** 64 - 2 ** 48, '16 EiB'],
  ])('%d bytes: %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('of pages are of their bytes', () => {
    expect(formatPages(1)).toBe('4 KiB');
    expect(formatPages(384)).toBe('1.5 MiB');
  });
});
