import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';
import { mute } from './progress.mjs';

mute();

let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-lock-'));
  lock = join(folder, 'dist', '.lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the lock of a checkout', () => {
  it('lets one run in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([withLock(lock, work), withLock(lock, work), withLock(lock, work)]);
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from a run that was killed', async () => {
    mkdirSync(lock, { recursive: true });
    writeFileSync(join(lock, 'pid'), '4194303');
    expect(await withLock(lock, () => Promise.resolve('done'))).toBe('done');
  });

  it('is given back by a run that fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
});
