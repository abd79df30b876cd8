import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from './build.mjs';

let folder: string;
let before: string;
const now = () => fingerprint(['main', 'package-lock.json'], folder);
const write = (file: string, text = '') => writeFileSync(join(folder, file), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-build-'));
  mkdirSync(join(folder, 'main', 'native'), { recursive: true });
  write('main/host.ts', 'one');
  write('main/native/scan.ts', 'one');
  write('package-lock.json', '{}');
  before = now();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('whether a bundle is stale', () => {
  it('not if nothing was touched', () => {
    expect(now()).toBe(before);
  });

  it('not if a test was', () => {
    write('main/native/scan.test.ts', 'new');
    write('main/native/scan.bench.ts', 'new');
    expect(now()).toBe(before);
  });

  it.each([
    ['a file changed its length', () => write('main/native/scan.ts', 'three')],
    ['a file changed at the same length', () => utimesSync(join(folder, 'main/native/scan.ts'), 1, 1)],
    ['a file is new', () => write('main/native/new.ts')],
    ['a file is gone', () => rmSync(join(folder, 'main/native/scan.ts'))],
    ['the packages changed', () => write('package-lock.json', '{ }')],
  ])('where %s', (_name, change) => {
    change();
    expect(now()).not.toBe(before);
  });
});
