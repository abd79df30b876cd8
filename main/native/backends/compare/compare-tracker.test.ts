import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { MMAP, SYS } from '../../syscalls/constants.ts';
import { trackedTargets } from '../../testing/tracked-targets.ts';
import { CompareTracker } from './compare-tracker.ts';

const FTRUNCATE = 77;

const track = trackedTargets((pid, maxPages?: number) => new CompareTracker(pid, maxPages));

describe('CompareTracker', () => {
  it('does not see a write of the same contents, nor one that was undone, and creates no page by reading', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(400);
    // Bytes 1 … 255 in turn: 255 pages later the same ones again.
    await target.fill(page, 255);
    const range = { start: page, end: page + 400 };
    tracker.clear(range);
    await target.fill(page, 255);
    tracker.read('get', list, range);
    expect(list.count).toBe(0);
    await target.fill(page, 1);
    await target.fill(page, 1);
    tracker.read('get', list, range);
    expect([...list.toRuns()]).toEqual([page, 1]);
    tracker.state(list, range);
    expect([...list.toRuns()]).toEqual([page, 255]);
  });

  it('compares memory without access rights too', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(20);
    await target.fill(page, 20);
    const range = { start: page, end: page + 20 };
    tracker.clear(range);
    const protect = (rights: number) => target.call(SYS.mprotect, page * PAGE_SIZE, 20 * PAGE_SIZE, rights);
    await target.write(page + 4);
    await protect(MMAP.PROT_NONE);
    tracker.read('get', list, range);
    expect([...list.toRuns()]).toEqual([page + 4, 1]);
    tracker.read('get-and-clear', list, range);
    expect([...list.toRuns()]).toEqual([page + 4, 1]);
    await protect(MMAP.PROT_READ);
    tracker.read('get-and-clear', list, range);
    expect(list.count).toBe(0);
  });

  it('has memory that cannot be read as untracked, not as unchanged', async () => {
    const { target, tracker, list } = await track();
    const MEMFD_SECRET = 447;
    const [fd, bytes] = [await target.call(MEMFD_SECRET, 0), 4 * PAGE_SIZE];
    expect(fd).toBeGreaterThan(0);
    await target.call(FTRUNCATE, fd, bytes);
    const address = await target.call(
      ...[SYS.mmap, 0, bytes, MMAP.PROT_READ | MMAP.PROT_WRITE, MMAP.MAP_SHARED, fd, 0],
    );
    const page = address / PAGE_SIZE;
    const vma = () => tracker.vmas.find(({ start, end }) => start <= page && page < end);
    tracker.clear();
    expect(vma()).toMatchObject({ tracked: true });
    await target.write(page);
    tracker.read('get-and-clear', list);
    expect(vma()).toMatchObject({
      tracked: false,
      untracked: expect.stringMatching(/^Its contents cannot be read/) as string,
    });
    // Readable memory at the same place is compared.
    await target.unmap(page, 4);
    const { MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED } = MMAP;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    await target.call(SYS.mmap, address, bytes, MMAP.PROT_READ | MMAP.PROT_WRITE, flags, -1, 0);
    await target.write(page);
    tracker.read('get-and-clear', list, { start: page, end: page + 4 });
    expect([...list.toRuns()]).toEqual([page, 1]);
  });

  it('reports the limit if a program is too large', async () => {
    const { target, tracker, list } = await track(200_000);
    tracker.clear();
    tracker.read('get-and-clear', list);
    const small = new CompareTracker(target.pid, 1000);
    expect(() => small.clear()).toThrow(/limited to 0\.00381 GiB of memory; this program has 0\.\d+ GiB/);
    small.close();
  });
});
