/** Many threads write while the tracker reads and clears: no write is lost. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { call } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { storeWord } from '../syscalls/ffi.ts';
import { loadWord } from '../testing/own-bytes.ts';
import { openWriteProtect, pagesOf, trackedTargets } from '../testing/tracked-targets.ts';

const track = trackedTargets(openWriteProtect);

describe('many threads', () => {
  it('T106: 6 threads write 8 pages each 1000 times while they are read and cleared: no update is lost', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(48);
    await target.fill(page, 48);
    const range = { start: page, end: page + 48 };
    const bytes = () => readMemory(target.pid, page, 48);
    tracker.clear(range);
    const tasks = Array.from({ length: 6 }, (_, i) => ({ page: page + i * 8, count: 8, rounds: 1000 }));
    await target.send({ op: 'writers', tasks });
    const lost: number[] = [];
    let before = bytes();
    // A page whose bytes differ between two readings was written between them: the scan before the second reading
    // reports it, or the next one.
    let missing: number[] = [];
    for (let quiet = 0; quiet < 2;) {
      if ((await target.send({ op: 'writers-done' })) === 6) quiet++;
      tracker.read('get-and-clear', list, range);
      const reported = new Set(pagesOf(list, page));
      lost.push(...missing.filter((i) => !reported.has(i)));
      const now = bytes();
      missing = [...before.keys()].filter((i) => before[i] !== now[i] && !reported.has(i));
      before = now;
    }
    expect(lost).toEqual([]);
    expect(missing).toEqual([]);
    expect([...before]).toEqual(Array.from({ length: 48 }, () => 1000 & 0xff));
  });

  it('24 threads make 10⁶ writes, each batch acknowledged when all of it was reported: none is missing', async () => {
    const THREADS = 24;
    const PAGES = 256;
    const ROUNDS = Math.ceil(1e6 / THREADS / PAGES);
    const { target, tracker, list } = await track();
    const page = await target.map(THREADS * PAGES);
    const file = join(mkdtempSync('/dev/shm/handshake-'), 'control');
    writeFileSync(file, Buffer.alloc(PAGE_SIZE));
    const fd = openSync(file, 'r+');
    const control = call('mmap', SYS.mmap, 0, PAGE_SIZE, 3, MMAP.MAP_SHARED, fd, 0);
    const tasks = Array.from({ length: THREADS }, (_, i) => ({
      page: page + i * PAGES,
      count: PAGES,
      rounds: ROUNDS,
    }));
    await target.send({ op: 'handshakes', path: file, tasks });
    const reported = tasks.map(() => new Set<number>());
    const acknowledged = tasks.map(() => 0);
    let missing = 0;
    let writes = 0;
    while (acknowledged.some((round) => round < ROUNDS)) {
      // Read before the scan: what was announced by then must be in this scan or an earlier one.
      const announced = tasks.map((_, i) => loadWord(control + i * 16));
      tracker.read('get-and-clear', list, { start: page, end: page + THREADS * PAGES });
      for (const i of pagesOf(list, page)) reported[Math.floor(i / PAGES)]?.add(i);
      announced.forEach((round, i) => {
        if (round === acknowledged[i]) return;
        missing += PAGES - (reported[i]?.size ?? 0);
        writes += PAGES;
        reported[i]?.clear();
        acknowledged[i] = round;
        storeWord(BigInt(control + i * 16 + 8), BigInt(round));
      });
      // Lets the writers and the test runner in.
      await new Promise((resolve) => setImmediate(resolve));
    }
    call('munmap', SYS.munmap, control, PAGE_SIZE);
    closeSync(fd);
    rmSync(dirname(file), { recursive: true });
    expect(writes).toBeGreaterThanOrEqual(1e6);
    expect(missing).toBe(0);
  });
});

/** The first byte of each page. */
function readMemory(pid: number, page: number, count: number): Uint8Array {
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const bytes = Buffer.alloc(count * PAGE_SIZE);
    readSync(fd, bytes, 0, bytes.length, page * PAGE_SIZE);
    return Uint8Array.from({ length: count }, (_, i) => bytes[i * PAGE_SIZE] ?? 0);
  } finally {
    closeSync(fd);
  }
}
