import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sentence } from '../problem.mjs';
import { fillOnce } from './cache.mjs';

let cache: string;
let folder: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'sdi-cache-'));
  folder = join(cache, 'below', 'runtime');
});
afterEach(() => {
  rmSync(cache, { recursive: true });
});

const filled = (text: string) => (work: string) => {
  writeFileSync(join(work, 'electron'), text);
  return Promise.resolve();
};
const beside = () => readdirSync(join(cache, 'below'));

describe('a folder that is filled all or nothing', () => {
  it('is there when it is complete, with nothing beside it', async () => {
    expect(await fillOnce(folder, filled('one'))).toBe(folder);
    expect(readFileSync(join(folder, 'electron'), 'utf8')).toBe('one');
    expect(beside()).toEqual(['runtime']);
  });

  it('is not filled again', async () => {
    await fillOnce(folder, filled('one'));
    await fillOnce(folder, () => Promise.reject(new Error('not wanted')));
    expect(readFileSync(join(folder, 'electron'), 'utf8')).toBe('one');
  });

  it('is absent, with nothing beside it, if filling failed half way', async () => {
    const half = async (work: string) => {
      await filled('half')(work);
      throw new Error('the cable');
    };
    await expect(fillOnce(folder, half)).rejects.toThrow('the cable');
    expect(beside()).toEqual([]);
  });

  it('reports which disk is full', async () => {
    const full = () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }));
    const error: unknown = await fillOnce(folder, full).catch((reason: unknown) => reason);
    expect(sentence(error)).toMatch(/below is full\. Free some space there, or set XDG_CACHE_HOME/);
    expect(beside()).toEqual([]);
  });

  it('is never seen incomplete by the other of two runs, and both finish with it', async () => {
    let seenEarly = false;
    const slow = (text: string) => async (work: string) => {
      await filled(text)(work);
      await new Promise((resolve) => setTimeout(resolve, 20));
      seenEarly ||= existsSync(folder) && !existsSync(join(folder, 'electron'));
    };
    await Promise.all([fillOnce(folder, slow('one')), fillOnce(folder, slow('two'))]);
    expect(seenEarly).toBe(false);
    expect(['one', 'two']).toContain(readFileSync(join(folder, 'electron'), 'utf8'));
    expect(beside()).toEqual(['runtime']);
  });

  it('removes what a killed run left, and leaves a running one alone', async () => {
    // No process has the highest number that Linux gives while this test runs (pid_max is one more).
    const dead = `${folder}.4194303.abcdef`;
    const living = `${folder}.${process.pid}.abcdef`;
    mkdirSync(dead, { recursive: true });
    mkdirSync(living, { recursive: true });
    await fillOnce(folder, filled('one'));
    expect(beside().sort()).toEqual(['runtime', `runtime.${process.pid}.abcdef`]);
  });
});
