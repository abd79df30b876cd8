import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InspectorError } from './contract/errors.ts';
import { systemReason } from './system-reason.ts';

const folder = mkdtempSync(join(tmpdir(), 'reason-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `action` throws. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (cause) {
    return cause;
  }
  throw new Error('nothing was thrown');
}

describe('the reason of a failed call of the system', () => {
  it.each([
    ['there is no such file or folder (ENOENT)', () => readFileSync(join(folder, 'no'))],
    ['it is a folder (EISDIR)', () => readFileSync(folder)],
    ['a part of its path is not a folder (ENOTDIR)', () => readFileSync('/proc/version/x')],
    ['a file of this name already exists (EEXIST)', () => mkdirSync(folder)],
    ['the path is too long (ENAMETOOLONG)', () => readFileSync(join(folder, 'x'.repeat(300)))],
    ['the disk is full (ENOSPC)', () => writeFileSync('/dev/full', 'x')],
    ['it is in use (EBUSY)', () => rmdirSync('/proc')],
  ])('%s', (text, action) => expect(systemReason(thrownBy(action))).toBe(text));

  it('is that there is no program if one was to be started', async () => {
    const [cause] = (await once(spawn('/no/such/program'), 'error').catch((error: unknown) => [
      error,
    ])) as unknown[];
    expect(systemReason(cause)).toBe('there is no such program (ENOENT)');
  });

  it('keeps what is unknown, without the call and the path', () => {
    const cause = Object.assign(new Error("ESTALE: stale file handle, read '/a, b'"), { code: 'ESTALE' });
    expect(systemReason(cause)).toBe('stale file handle (ESTALE)');
    expect(systemReason(new Error('a, b'))).toBe('a, b');
  });

  it('is not reported as a defect of the program', () => {
    const cause = thrownBy(() => readFileSync(join(folder, 'no')));
    expect(InspectorError.from(cause).toData()).toEqual({
      kind: 'io',
      message: `${join(folder, 'no')}: there is no such file or folder (ENOENT).`,
      remedy: '',
    });
    expect(InspectorError.from(new Error('x')).kind).toBe('internal');
  });
});
