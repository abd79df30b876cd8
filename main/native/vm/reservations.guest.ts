/** A sparse reservation of a terabyte, where only reading every pagemap entry shows its pages. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { Target } from '../testing/target.ts';
import { WatchRun } from './watch-run.ts';

const TERABYTE = 2 ** 28;
/** The last page that attaching has to find: an eighth of the search, which takes 12 s for all of it here. */
const FAR = TERABYTE / 8;
const PROT_NONE = 0;

describe('a terabyte that is reserved', () => {
  let target: Target;
  let first: number;

  beforeAll(async () => {
    target = await Target.start(join(import.meta.dirname, 'test-target.js'));
    // Between guards: it would become one VMA with what lies above it, and be searched to its end for that.
    const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MMAP.MAP_NORESERVE;
    const length = (TERABYTE + 2) * PAGE_SIZE;
    first = (await target.call(SYS.mmap, 0, length, PROT_NONE, flags, -1, 0)) / PAGE_SIZE + 1;
    const rights = MMAP.PROT_READ | MMAP.PROT_WRITE;
    await target.call(SYS.mprotect, first * PAGE_SIZE, TERABYTE * PAGE_SIZE, rights);
    await target.write(first + 3, first + 700, first + 400_000, first + FAR);
  });
  afterAll(() => target.kill());

  it('is sampled exactly, even where pages appear in empty parts', async () => {
    const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MMAP.MAP_NORESERVE;
    const none = await target.call(SYS.mmap, 0, TERABYTE * PAGE_SIZE, PROT_NONE, flags, -1, 0);
    const inside = none / PAGE_SIZE + TERABYTE / 2;
    await target.call(SYS.mprotect, inside * PAGE_SIZE, 4 * PAGE_SIZE, MMAP.PROT_READ | MMAP.PROT_WRITE);
    const source = await NativeSource.attach(target.pid, { backend: 'soft-dirty', freeze: true });
    try {
      await target.write(first + 700, first + 500_000, first + 3_000_000, inside + 1);
      const all = new TileSet();
      const found = () =>
        all
          .runs(Plane.Written)
          .map(([start, end]) => [start, end - start])
          .filter(([start]) => (start >= first && start < first + TERABYTE) || start === inside + 1);
      for (let samples = 0; samples < 100 && found().length < 4; samples++) {
        await source.sample({ mode: 'interval', tiles: all, state: false });
      }
      const expected = [first + 700, first + 500_000, first + 3_000_000, inside + 1].sort((a, b) => a - b);
      expect(found()).toEqual(expected.map((page) => [page, 1]));
      const empty = new TileSet();
      await source.sample({ mode: 'interval', tiles: empty, state: false });
      expect(
        empty.runs(Plane.Written).filter(([start]) => start >= first && start < first + TERABYTE),
      ).toEqual([]);
    } finally {
      await source.close();
      await target.unmap(none / PAGE_SIZE, TERABYTE);
    }
  });

  it('does not delay an interrupt while it is searched', async () => {
    await target.write(first + TERABYTE - 1);
    const watch = new WatchRun(['--pid', String(target.pid), '--backend', 'soft-dirty', '--freeze']);
    await sleep(300);
    // Before it was attached.
    expect([await watch.interrupt(), watch.lines, watch.error]).toEqual([0, [], '']);
    expect(await target.write(first)).toBe(0);
  });
});
