import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { takeDescriptor } from '../../attach/take-descriptor.ts';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { RegionList } from '../region-list.ts';
import type { TrackerOptions } from '../vma-follower.ts';
import { WriteProtectTracker } from '../write-protect-tracker.ts';
import { CProgram } from './testing/c-program.ts';

const open: { close(): void }[] = [];
const programs: CProgram[] = [];

afterEach(async () => {
  for (const tracker of open.splice(0)) tracker.close();
  for (const program of programs.splice(0)) await program.kill();
});

async function startProgram(): Promise<{ program: CProgram; room: number; arena: number }> {
  const program = new CProgram('memory');
  programs.push(program);
  const [room, arena] = (await program.line()).split(' ').map((word) => parseInt(word, 16) / PAGE_SIZE);
  return { program, room, arena };
}

function track(program: CProgram, options?: TrackerOptions): WriteProtectTracker {
  const tracker = new WriteProtectTracker(program.pid, takeDescriptor(program.pid).uffd, options);
  open.push(tracker);
  tracker.clear();
  return tracker;
}

function close(tracker: WriteProtectTracker): void {
  open.splice(open.indexOf(tracker), 1);
  tracker.close();
}

/** Samples at 20 Hz until `until` is settled; how often each page was reported. */
async function sampleWhile<T>(tracker: WriteProtectTracker, until: Promise<T>) {
  const list = new RegionList();
  const reported = new Set<number>();
  let running = true;
  const result = until.finally(() => (running = false));
  for (let last = false; !last;) {
    last = !running;
    tracker.read('get-and-clear', list);
    for (let i = 0; i < list.count; i++) {
      if ((list.categories(i) & PAGE_IS.WRITTEN) === 0) continue;
      for (let page = list.start(i); page < list.end(i); page++) reported.add(page);
    }
    await sleep(last ? 0 : 50);
  }
  return { result: await result, reported };
}

/** Lines of maps within pages `start` … `end` - 1. */
function linesIn(program: CProgram, start: number, end: number): number {
  return program.maps(/^/).filter((line) => {
    const at = parseInt(line, 16) / PAGE_SIZE;
    return at >= start && at < end;
  }).length;
}

const HEAP = /\[heap\]$/;
const STEPS = 700;

describe('memory that grows while it is tracked', () => {
  it('a heap: two lines, as one after detaching, and every page is reported', async () => {
    const { program } = await startProgram();
    await program.ask('heap 10');
    expect(program.maps(HEAP)).toHaveLength(1);
    const before = parseInt(program.maps(HEAP)[0].split('-')[1], 16) / PAGE_SIZE;
    const tracker = track(program);
    const { result, reported } = await sampleWhile(tracker, program.ask(`heap ${STEPS}`));
    expect(result).toBe('0');
    expect(program.maps(HEAP).length).toBeLessThanOrEqual(4);
    const missing = Array.from({ length: STEPS }, (_, i) => before + i).filter((page) => !reported.has(page));
    expect(missing).toEqual([]);
    expect(tracker.cost().addedVmas).toBeLessThan(10);
    close(tracker);
    expect(program.maps(HEAP)).toHaveLength(1);
  });

  it.each(['down', 'up', 'arena'])('mappings that grow (%s): a handful of lines', async (how) => {
    const { program, room, arena } = await startProgram();
    const [from, to] = how === 'arena' ? [arena, arena + 6144] : [room, arena];
    const unwatched = linesIn(program, from, to);
    const tracker = track(program);
    const { result, reported } = await sampleWhile(tracker, program.ask(`${how} ${STEPS}`));
    expect(result).toBe('0');
    expect([...reported].filter((page) => page >= from && page < to)).toHaveLength(STEPS);
    expect(linesIn(program, from, to)).toBeLessThanOrEqual(unwatched + 5);
    close(tracker);
    expect(linesIn(program, from, to)).toBeLessThanOrEqual(unwatched + 5);
  });

  it('a mapping that grows by huge pages, each written once, keeps them', async () => {
    const { program } = await startProgram();
    const tracker = track(program);
    const { result } = await sampleWhile(tracker, program.ask('huge 40'));
    // All but those that were incomplete during a reading; if mappings were cut at single pages, a third would be lost.
    expect(Number(result)).toBeGreaterThanOrEqual(36 * 2048);
    expect(tracker.cost().addedVmas).toBeLessThan(10);
  });

  it('fails no call of a program that has nearly as many mappings as it may have', async () => {
    const { program } = await startProgram();
    expect(await program.ask('pad 65000')).toBe('0');
    const tracker = track(program);
    const { result } = await sampleWhile(tracker, program.ask('heap 300'));
    expect(result).toBe('0');
    const { addedVmas = 0, maxAddedVmas = 0 } = tracker.cost();
    expect(addedVmas).toBeLessThanOrEqual(maxAddedVmas);
    expect(maxAddedVmas).toBeLessThan(65_530 - 65_000);
  }, 60_000);
});

describe('memory that is new', () => {
  it('is compared for a second and registered then; with `exact` at once', async () => {
    const { program } = await startProgram();
    for (const exact of [false, true]) {
      const tracker = track(program, { exact });
      const list = new RegionList();
      const page = parseInt(await program.ask('chunk'), 16) / PAGE_SIZE;
      const vma = () => tracker.vmas.find(({ start, end }) => start <= page && page < end);
      tracker.read('get-and-clear', list, { start: page, end: page + 16 });
      expect(list.pages).toBe(16);
      expect(vma()?.tracking).toBe(exact ? undefined : 'compared');
      tracker.read('get-and-clear', list, { start: page, end: page + 16 });
      expect(list.pages).toBe(0);
      await sleep(1100);
      tracker.read('get-and-clear', list, { start: page, end: page + 16 });
      expect(list.pages).toBe(0);
      expect(vma()).toMatchObject({ tracked: true, tracking: undefined });
      close(tracker);
    }
  });
});

describe('blocks that are mapped next to each other', () => {
  it('are moved by mremap as unwatched, while they are few', async () => {
    const { program } = await startProgram();
    const tracker = track(program);
    const list = new RegionList();
    const blocks: string[] = [];
    for (let i = 0; i < 4; i++) {
      blocks.push(await program.ask('block'));
      for (let wait = 0; wait < 30; wait++) {
        tracker.read('get-and-clear', list);
        await sleep(50);
      }
    }
    const pages = blocks.map((address) => parseInt(address, 16) / PAGE_SIZE);
    const tracking = pages.map(
      (page) => tracker.vmas.find(({ start, end }) => start <= page && page < end)?.tracking,
    );
    expect(tracking).toEqual([undefined, undefined, undefined, undefined]);
    for (const block of blocks.reverse()) expect(await program.ask(`move ${block}`)).toBe('0');
  }, 20_000);
});

describe('shared memory that is hardly touched', () => {
  it('gets no page tables, and a first touch is neither reported as written nor missed', async () => {
    const { program } = await startProgram();
    await program.ask('sparse 100');
    const before = program.status('VmPTE');
    const tracker = track(program);
    const list = new RegionList();
    tracker.read('get-and-clear', list);
    expect(program.status('VmPTE') - before).toBeLessThan(200);
    for (const how of ['touch', 'read']) {
      const page = parseInt(await program.ask(how), 16) / PAGE_SIZE;
      tracker.read('get-and-clear', list, { start: page, end: page + 1 });
      expect(list.count).toBe(1);
      expect(list.categories(0)).toBe(PAGE_WAS.TOUCHED);
      tracker.read('get-and-clear', list, { start: page, end: page + 1 });
      expect(list.count).toBe(0);
    }
    // From then on the page table is there, and writes are distinguished from reads.
    const page = parseInt(await program.ask('touch'), 16) / PAGE_SIZE;
    await program.ask('read');
    tracker.read('get-and-clear', list, { start: page, end: page + 2 ** 17 });
    expect([list.count, list.start(0), list.categories(0)]).toEqual([1, page, PAGE_IS.WRITTEN]);
    close(tracker);
    expect(program.status('VmPTE') - before).toBeLessThan(200);
  });
});
