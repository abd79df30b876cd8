import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packagesReady } from './packages.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-packages-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Entry {
  version?: string;
  optional?: boolean;
}

function checkout(wanted: Record<string, Entry>, installed?: Record<string, Entry>) {
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  if (!installed) return;
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
}

const a = { 'node_modules/a': { version: '1.0.0' } };

describe('whether packages have to be installed', () => {
  it('not if npm installed the versions of the lock file', () => {
    checkout(a, a);
    expect(packagesReady(folder)).toBe(true);
  });

  it('not for what is optional and meant for another system', () => {
    checkout({ ...a, 'node_modules/win': { version: '1.0.0', optional: true } }, a);
    expect(packagesReady(folder)).toBe(true);
  });

  it('in a fresh clone', () => {
    checkout(a);
    expect(packagesReady(folder)).toBe(false);
  });

  it('if a version differs', () => {
    checkout(a, { 'node_modules/a': { version: '1.0.1' } });
    expect(packagesReady(folder)).toBe(false);
  });

  it('if one is missing', () => {
    checkout({ ...a, 'node_modules/b': { version: '2.0.0' } }, a);
    expect(packagesReady(folder)).toBe(false);
  });

  it('if one is there that is no longer needed', () => {
    checkout(a, { ...a, 'node_modules/b': { version: '2.0.0' } });
    expect(packagesReady(folder)).toBe(false);
  });

  it('if npm was interrupted', () => {
    checkout(a, a);
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), '{"packages": {');
    expect(packagesReady(folder)).toBe(false);
  });
});
