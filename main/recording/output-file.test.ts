import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OutputFile } from './output-file.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();
const MIB = 2 ** 20;

describe('a file that is written', () => {
  it('writes in order, and reports when too much waits for the disk', async () => {
    const path = folder.path('a');
    const file = await OutputFile.create(path);
    expect(file.room()).toBeNull();
    for (let i = 0; i < 24; i++) file.write(new Uint8Array(MIB).fill(i));
    const room = file.room();
    expect(room).not.toBeNull();
    await room;
    expect(file.written).toBeGreaterThanOrEqual(20 * MIB - MIB);
    expect(file.room()).toBeNull();
    await file.settled();
    await file.close();
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(24 * MIB);
    for (let i = 0; i < 24; i++) expect([bytes[i * MIB], bytes[(i + 1) * MIB - 1]]).toEqual([i, i]);
  });

  it('can be truncated, and continues there', async () => {
    const file = await OutputFile.create(folder.path('a'));
    file.write(Buffer.from('one two'));
    await file.settled();
    await file.cut(4);
    file.write(Buffer.from('three'));
    await file.settled();
    await file.close();
    expect(readFileSync(folder.path('a'), 'utf8')).toBe('one three');
  });
});
