import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NamedRange } from '#shared/ranges/named-range.ts';
import { createNamedRanges } from './named-ranges.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'named-ranges-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const range = (id: string): NamedRange => ({
  ...{ id, name: `range ${id}`, length: '0x1000' },
  place: { kind: 'image', path: '/bin/game', buildId: 'abcd', offset: '0x40' },
});

describe('the file of named ranges', () => {
  it('has what was saved last; none at first', async () => {
    const file = join(folder, 'new', 'ranges.json');
    const kept = createNamedRanges(file, expect.unreachable);
    expect(await kept.list()).toEqual([]);
    const saves = ['1', '2', '3'].map((id) => kept.save([range(id)]));
    expect(await kept.list()).toEqual([range('3')]);
    await Promise.all(saves);
    expect(await createNamedRanges(file, expect.unreachable).list()).toEqual([range('3')]);
  });

  it('is kept under another name if it is unreadable', async () => {
    const file = join(folder, 'ranges.json');
    writeFileSync(file, '[{"id":"1"}]');
    const reports: string[] = [];
    const kept = createNamedRanges(file, (sentence) => reports.push(sentence));
    expect(await kept.list()).toEqual([]);
    await kept.save([range('1')]);
    const other = readdirSync(folder).find((name) => name.includes('unreadable')) ?? '';
    expect(readFileSync(join(folder, other), 'utf8')).toBe('[{"id":"1"}]');
    expect(reports).toEqual([expect.stringContaining(other)]);
  });

  it('that cannot be written rejects', async () => {
    writeFileSync(join(folder, 'file'), '');
    const kept = createNamedRanges(join(folder, 'file', 'ranges.json'), expect.unreachable);
    await expect(kept.save([range('1')])).rejects.toThrow();
  });
});
