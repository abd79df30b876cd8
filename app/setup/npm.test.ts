import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { npm, npmProblem } from './npm.mjs';
import { sentence } from './problem.mjs';

const problemOf = (stderr: string) => sentence(npmProblem({ code: 1, stdout: '', stderr }, 'It failed'));

describe('why npm failed', () => {
  it.each([
    [
      'npm error code ENOTFOUND\nnpm error network request to host failed',
      /cannot reach its registry\. Check the network/,
    ],
    ['npm error code EAI_AGAIN', /cannot reach its registry/],
    ['npm error code ECONNREFUSED', /cannot reach its registry/],
    [
      'npm error code ENOSPC\nnpm error nospc no space left on device, write',
      /the disk is full\. Free some space/,
    ],
    [
      'npm error code EACCES\nnpm error path /x/node_modules',
      /has no permission to write\. Make this folder/,
    ],
    ['npm error code EINTEGRITY', /differs from the lock file\. Run `npm cache clean/],
    ['npm error code E404', /does not provide it/],
    ['npm error code EUSAGE', /^It failed: code EUSAGE\. Run `npm ci` by hand/],
    ['', /^It failed: npm ended with code 1\./],
  ])('%j', (stderr, expected) => {
    expect(problemOf(stderr)).toMatch(expected);
  });
});

describe('the npm client', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is the one that runs this, and keeps the user’s own settings', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sdi-npm-'));
    const fake = join(folder, 'npm.cjs');
    writeFileSync(
      fake,
      'console.log(JSON.stringify([process.argv.slice(2, 4), process.env.npm_config_json, process.env.npm_config_proxy]));',
    );
    vi.stubEnv('npm_execpath', fake);
    vi.stubEnv('npm_config_json', 'true');
    vi.stubEnv('npm_config_proxy', 'kept');
    const result = await npm(['pack', 'it'], folder);
    rmSync(folder, { recursive: true });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toEqual([['pack', 'it'], null, 'kept']);
  });

  it('that cannot be run is a failure and no exception', async () => {
    vi.stubEnv('npm_execpath', '');
    vi.stubEnv('PATH', '/nowhere');
    const result = await npm(['ci'], tmpdir());
    expect(result.code).toBeNull();
    expect(problemOf(result.stderr)).toMatch(/^It failed: .*npm/);
  });
});
