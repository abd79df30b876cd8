import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { electronRuntime } from './electron.mjs';
import { Problem, sentence } from './problem.mjs';
import { mute } from './progress.mjs';
import { fallbackName } from './runtime/fallback.mjs';
import { officialVersion } from './runtime/official.mjs';

mute();

let cache: string;
let asked: string[];

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'sdi-electron-'));
  asked = [];
});
afterEach(() => {
  rmSync(cache, { recursive: true });
});

function maker(kind: string, version: string, failure?: Error) {
  return (folder: string) => {
    asked.push(kind);
    if (failure) return Promise.reject(failure);
    writeFileSync(join(folder, 'electron'), '');
    writeFileSync(join(folder, 'version'), version);
    return Promise.resolve();
  };
}

const unreachable = new Error('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND somewhere') });

function find(failures: { official?: Error; fallback?: Error } = {}, platform = 'linux-x64') {
  return electronRuntime({
    env: { XDG_CACHE_HOME: cache },
    platform,
    make: {
      official: maker('official', officialVersion(), failures.official),
      fallback: maker('fallback', '33.2.1', failures.fallback),
    },
  });
}

const problemOf = async (work: Promise<unknown>) => sentence(await work.catch((error: unknown) => error));

describe('the Electron runtime', () => {
  it('is the official one if it can be fetched, and then stays', async () => {
    const folder = join(cache, 'soft-dirty-inspector', 'electron', `${officialVersion()}-linux-x64`);
    const expected = {
      folder,
      executable: join(folder, 'electron'),
      version: officialVersion(),
      kind: 'official',
    };
    expect(await find()).toEqual(expected);
    expect(await find()).toEqual(expected);
    expect(asked).toEqual(['official']);
  });

  it('is else the fallback, and the official one is not tried again that day', async () => {
    expect(await find({ official: unreachable })).toMatchObject({ version: '33.2.1', kind: 'fallback' });
    expect(await find()).toMatchObject({ kind: 'fallback' });
    expect(asked).toEqual(['official', 'fallback']);
  });

  it('is not tried again in the millisecond in which it was unreachable', async () => {
    await find({ official: unreachable });
    const now = Date.now();
    const note = join(cache, 'soft-dirty-inspector', 'electron', `${officialVersion()}-unreachable`);
    utimesSync(note, now / 1000, (now + 0.9) / 1000);
    vi.useFakeTimers({ toFake: ['Date'], now });
    try {
      expect(await find()).toMatchObject({ kind: 'fallback' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is tried again on another day', async () => {
    await find({ official: unreachable });
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    const note = join(cache, 'soft-dirty-inspector', 'electron', `${officialVersion()}-unreachable`);
    utimesSync(note, yesterday, yesterday);
    expect(await find()).toMatchObject({ kind: 'official' });
    expect(asked).toEqual(['official', 'fallback', 'official']);
  });

  it('is not fetched twice as a fallback if the official one stays unreachable', async () => {
    await find({ official: unreachable });
    const note = join(cache, 'soft-dirty-inspector', 'electron', `${officialVersion()}-unreachable`);
    rmSync(note);
    expect(await find({ official: unreachable })).toMatchObject({ kind: 'fallback' });
    expect(asked).toEqual(['official', 'fallback', 'official']);
  });

  it('has no fallback on other systems, and reports the network’s own reason', async () => {
    expect(await problemOf(find({ official: unreachable }, 'linux-arm64'))).toMatch(
      /^Electron [\d.]+ could not be fetched: getaddrinfo ENOTFOUND somewhere\. Check the network/,
    );
    expect(asked).toEqual(['official']);
  });

  it('is not replaced by the fallback if the disk is full', async () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(await problemOf(find({ official: full }))).toMatch(/is full\. Free some space/);
    expect(asked).toEqual(['official']);
  });

  it('is refused if the fallback has the wrong checksum', async () => {
    const differs = new Problem('Its checksum differs.', 'Try again.');
    expect(await problemOf(find({ official: unreachable, fallback: differs }))).toBe(
      'Its checksum differs. Try again.',
    );
    // Nothing is left that a later run could take for a runtime.
    expect(await find({ official: unreachable })).toMatchObject({ kind: 'fallback' });
    expect(asked).toEqual(['official', 'fallback', 'official', 'fallback']);
  });

  it('is the one that the user names', async () => {
    mkdirSync(join(cache, 'mine'));
    writeFileSync(join(cache, 'mine', 'electron'), '');
    const env = { ELECTRON_OVERRIDE_DIST_PATH: join(cache, 'mine') };
    expect(await electronRuntime({ env })).toMatchObject({ kind: 'given', version: 'unknown' });
  });

  it('reports a missing runtime that the user named', async () => {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: join(cache, 'nowhere') };
    expect(await problemOf(electronRuntime({ env }))).toMatch(
      /There is no Electron in .*nowhere\. Correct or unset/,
    );
  });

  it('is found under the recipe’s name', async () => {
    const { folder } = await find({ official: unreachable });
    expect(folder.endsWith(fallbackName())).toBe(true);
  });
});
