import { describe, expect, it } from 'vitest';
import type { Capabilities } from './capabilities.ts';
import { defaultMode } from './sample-mode.ts';

const able: Capabilities = {
  ...{ get: true, clear: true, getAndClear: 'atomic', noReusedRegions: false, clearRefs: false },
  ...{ walk: 'address', bytes: true, snapshot: true, control: [], seek: false },
};

describe('the mode if none is selected', () => {
  it('is interval for write-protection, the simulated engine and comparison', () => {
    expect(defaultMode(able)).toBe('interval');
    expect(defaultMode({ ...able, clearRefs: true, noReusedRegions: true })).toBe('interval');
    expect(defaultMode({ ...able, getAndClear: 'emulated-racy' })).toBe('interval');
  });

  it('is hold for soft-dirty, whose bits others may use, and if nothing can be cleared', () => {
    expect(defaultMode({ ...able, getAndClear: 'emulated-racy', clearRefs: true })).toBe('hold');
    expect(defaultMode({ ...able, getAndClear: 'emulated-freeze', clearRefs: true })).toBe('hold');
    expect(defaultMode({ ...able, clearsForOthers: 'CRIU uses them.' })).toBe('hold');
    expect(defaultMode({ ...able, getAndClear: 'none' })).toBe('hold');
  });
});
