import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { call } from '../../syscalls/call.ts';
import { MMAP, SYS } from '../../syscalls/constants.ts';
import { storeWord } from '../../syscalls/ffi.ts';
import { marks, registeredVmas } from '../../testing/marks.ts';
import { loadWord } from '../../testing/own-bytes.ts';
import { READ_WRITE, memoryFolder, upTo, type ConformanceRig } from './conformance-rig.ts';

/** The program: its children, its threads, when it is paused, and its end. */
export function describeProgram(rig: ConformanceRig): void {
  const { take, operate, get, getClear, map, cleared } = rig;
  const { backend, getAndClear } = rig.conformance;

  it('a child’s writes to what it copied are not the program’s, whose own still count', async () => {
    const page = await cleared(4);
    expect(await rig.target.send({ op: 'fork', page: page + 1 })).toBe(7);
    expect(await take('interval', page, 4)).toEqual([]);
    await rig.target.write(page + 2);
    expect(await take('interval', page, 4)).toEqual([2]);
  });

  it('works on a paused program, and resumes it', async () => {
    const page = await cleared(4);
    await rig.target.write(page + 1);
    await rig.source.control('pause');
    expect(marks(rig.target.pid)).toMatchObject({ state: 't', tracer: process.pid });
    expect(await take('interval', page, 4)).toEqual([1]);
    expect(await getClear(page, 4)).toEqual([]);
    expect(marks(rig.target.pid)).toMatchObject({ state: 't' });
    await rig.source.control('continue');
    expect(marks(rig.target.pid)).toMatchObject({ tracer: 0 });
    await rig.target.write(page + 3);
    expect(await take('interval', page, 4)).toEqual([3]);
    expect(marks(rig.target.pid)).toMatchObject({ tracer: 0 });
  });

  if (backend === 'soft-dirty') {
    it('clear_refs clears everything, what was remembered too', async () => {
      const page = await cleared(10);
      await rig.target.fill(page, 10);
      await operate('CLEAR', page, 5);
      await rig.source.clearRefs?.();
      expect(await get(page, 10)).toEqual([]);
      await rig.target.write(page + 7);
      expect(await get(page, 10)).toEqual([7]);
    });
  }

  if (getAndClear !== 'emulated-racy' || backend === 'compare') {
    const { rounds } = rig.conformance;
    it(`T106: in ${rounds} rounds by 4 threads no write is lost and none is false, with samples in between`, async () => {
      const THREADS = 4;
      const PAGES = 64;
      const AREA = THREADS * PAGES * 2;
      const page = await map(AREA);
      await operate('CLEAR', page, AREA);
      const folder = memoryFolder();
      const path = join(folder, 'control');
      writeFileSync(path, Buffer.alloc(PAGE_SIZE));
      const fd = openSync(path, 'r+');
      const control = call('mmap', SYS.mmap, 0, PAGE_SIZE, READ_WRITE, MMAP.MAP_SHARED, fd, 0);
      // Between two threads' pages are as many that no thread writes.
      const tasks = upTo(THREADS).map((i) => ({
        page: page + i * PAGES * 2,
        count: PAGES,
        rounds,
      }));
      await rig.target.send({ op: 'handshakes', path, tasks });
      const reported = tasks.map(() => new Set<number>());
      const acknowledged = tasks.map(() => 0);
      let missing = 0;
      let invented = 0;
      let looks = 0;
      const announcedNow = () => tasks.map((_, i) => loadWord(control + i * 16));
      // Threads start slowly, more so while they are stopped repeatedly.
      while (announcedNow().includes(0)) await sleep(5);
      while (acknowledged.some((round) => round < rounds)) {
        // Read before the sample: what was announced by then must be in this sample or an earlier one.
        const announced = announcedNow();
        const all = looks++ % 2 === 0;
        // Every page is armed in each sample: that rate of writes would make pages hot, which are reported as such.
        for (const i of await (all ? take('interval', page, AREA, true) : getClear(page, AREA))) {
          if (i % (PAGES * 2) < PAGES) reported[Math.floor(i / PAGES / 2)]?.add(i);
          else invented++;
        }
        announced.forEach((round, i) => {
          if (round === acknowledged[i]) return;
          missing += PAGES - (reported[i]?.size ?? 0);
          reported[i]?.clear();
          acknowledged[i] = round;
          storeWord(BigInt(control + i * 16 + 8), BigInt(round));
        });
        await sleep(0);
      }
      call('munmap', SYS.munmap, control, PAGE_SIZE);
      closeSync(fd);
      rmSync(folder, { recursive: true });
      expect({ missing, invented }).toEqual({ missing: 0, invented: 0 });
    });
  }

  it('reports the end of the program once, and refuses calls from then on', async () => {
    const ending = await rig.conformance.start();
    const events: SourceEvent[] = [];
    const ended = new Promise((resolve) => {
      ending.source.onEvent((event) => {
        events.push(event);
        resolve(event);
      });
    });
    await ending.target.kill();
    expect(await ended).toMatchObject({ type: 'ended', reason: 'exit' });
    const sample = { mode: 'hold' as const, tiles: new TileSet(), state: false };
    await expect(ending.source.sample(sample)).rejects.toMatchObject({ kind: 'program-ended' });
    expect(events).toHaveLength(1);
    await ending.source.close();
  });

  it('leaves the program unchanged when it is closed', async () => {
    await rig.source.close();
    expect(marks(rig.target.pid)).toMatchObject({ tracer: 0 });
    expect(registeredVmas(rig.target.pid)).toBe(0);
    await rig.target.write(await map(1));
  });
}
