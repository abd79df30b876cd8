import { describe, expect, it } from 'vitest';
import { tailLength } from './name-tail.ts';

describe('the end of a name that stays when it is cut', () => {
  it('has what differs between names that begin alike', () => {
    expect('entity behaviour'.slice(-tailLength('entity behaviour'))).toBe('viour');
    expect('gconv-modules.cache'.slice(-tailLength('gconv-modules.cache'))).toBe('cache');
  });

  it('is not the version of a library, which would leave nothing of its name', () => {
    for (const name of ['libgpg-error.so.0.33.1', 'ld-linux-x86-64.so.2', 'libcoreclr.so'])
      expect(tailLength(name), name).toBe(0);
    expect(tailLength('notes.sorted.text')).toBe(5);
  });

  it('is nothing of a short name', () => {
    expect(tailLength('anonymous')).toBe(0);
    expect(tailLength('redis-check-rdb')).toBe(5);
  });
});
