import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecentFiles, type RecentFiles } from './recent-files.ts';

let folder = '';
let time = 0;
let recent: RecentFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recent-'));
  time = 0;
  recent = createRecentFiles(join(folder, 'deep', 'recent.json'), () => ++time);
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = (name: string, bytes = 3): string => {
  const path = join(folder, name);
  writeFileSync(path, new Uint8Array(bytes));
  return path;
};

describe('recent recordings', () => {
  it('are listed the latest first, each once, with their sizes', async () => {
    const [a, b] = [make('a.mcap', 5), make('b.mcap')];
    for (const path of [a, b, a]) await recent.add(path);
    expect(await recent.list()).toEqual([
      { path: a, openedAt: 3, bytes: 5 },
      { path: b, openedAt: 2, bytes: 3 },
    ]);
  });

  it('leave out what is gone until it is back', async () => {
    const path = make('a.mcap');
    await recent.add(path);
    rmSync(path);
    expect(await recent.list()).toEqual([]);
    make('a.mcap');
    expect(await recent.list()).toHaveLength(1);
  });

  it('are bounded, and none is lost to another that is added at the same time', async () => {
    const paths = Array.from({ length: 60 }, (_, i) => make(`${i}.mcap`));
    await Promise.all(paths.map((path) => recent.add(path)));
    expect((await recent.list()).map(({ path }) => path)).toEqual(paths.slice(-12).reverse());
    const kept: unknown = JSON.parse(readFileSync(join(folder, 'deep', 'recent.json'), 'utf8'));
    expect(kept).toHaveLength(50);
  });

  it('start empty if their file is broken, and can be forgotten', async () => {
    const path = make('a.mcap');
    await recent.add(path);
    writeFileSync(join(folder, 'deep', 'recent.json'), '[{"path": 3}]');
    expect(await recent.list()).toEqual([]);
    await recent.add(path);
    expect(await recent.list()).toHaveLength(1);
    await recent.clear();
    expect(await recent.list()).toEqual([]);
  });
});
