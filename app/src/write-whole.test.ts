import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from './write-whole.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'inspector-save-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const data = new TextEncoder().encode('start,end\n');

describe('writeWhole', () => {
  it('replaces what was there, and leaves nothing else behind', async () => {
    const path = join(folder, 'pages.csv');
    writeFileSync(path, 'old');
    await expect(writeWhole(path, data)).resolves.toEqual({ status: 'saved', path });
    expect(readFileSync(path, 'utf8')).toBe('start,end\n');
    expect(readdirSync(folder)).toEqual(['pages.csv']);
  });

  it('can be readable by the user alone, even if the file it replaces was readable by all', async () => {
    const path = join(folder, 'memory.bin');
    writeFileSync(path, 'old', { mode: 0o644 });
    await writeWhole(path, data, 0o600);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('replaces a link, and does not write through it or through one beside it', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'mine');
    const path = join(folder, 'pages.csv');
    symlinkSync(other, path);
    symlinkSync(other, `${path}.${process.pid}.part`);
    await expect(writeWhole(path, data)).resolves.toEqual({ status: 'saved', path });
    expect(readFileSync(path, 'utf8')).toBe('start,end\n');
    expect(readFileSync(other, 'utf8')).toBe('mine');
  });

  it('fails with the error of the system, and nothing is lost', async () => {
    const taken = join(folder, 'taken.csv');
    mkdirSync(taken);
    const reply = await writeWhole(taken, data);
    expect(reply).toMatchObject({ status: 'failed', message: expect.stringContaining('EISDIR') as string });
    expect(readdirSync(folder)).toEqual(['taken.csv']);
    await expect(writeWhole(join(folder, 'none', 'a.csv'), data)).resolves.toMatchObject({
      message: expect.stringMatching(
        /a\.csv could not be written: there is no such file or folder \(ENOENT\)\.$/,
      ) as string,
    });
  });
});
