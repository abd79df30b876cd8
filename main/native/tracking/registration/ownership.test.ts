import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { takeDescriptor } from '../../attach/take-descriptor.ts';
import { RegionList } from '../region-list.ts';
import { WriteProtectTracker } from '../write-protect-tracker.ts';
import { CProgram } from './testing/c-program.ts';

const PAGES = 64;
const open: { close(): void }[] = [];
const programs: CProgram[] = [];

afterEach(async () => {
  for (const tracker of open.splice(0)) tracker.close();
  for (const program of programs.splice(0)) await program.kill();
});

function track(pid: number): WriteProtectTracker {
  const tracker = new WriteProtectTracker(pid, takeDescriptor(pid).uffd);
  open.push(tracker);
  return tracker;
}

async function startProgram(...args: string[]): Promise<{ program: CProgram; page: number }> {
  const program = new CProgram('own-userfaultfd', args);
  programs.push(program);
  return { program, page: parseInt(await program.line(), 16) / PAGE_SIZE };
}

/** Samples at 20 Hz and clears everything, in turn, until `until` is settled. */
async function sampleWhile<T>(tracker: WriteProtectTracker, page: number, until: Promise<T>): Promise<T> {
  const list = new RegionList();
  let running = true;
  const result = until.finally(() => (running = false));
  for (let i = 0; running; i++) {
    if (i % 4 === 3) tracker.clear();
    else tracker.read('get-and-clear', list);
    for (let j = 0; i % 4 !== 3 && j < list.count; j++) {
      expect(list.end(j) <= page || list.start(j) >= page + PAGES).toBe(true);
    }
    await sleep(50);
  }
  return result;
}

describe('memory that is registered with another userfaultfd', () => {
  it('keeps every bit of a program that tracks its own writes, and is named', async () => {
    const { program, page } = await startProgram();
    const tracker = track(program.pid);
    expect(await sampleWhile(tracker, page, program.ask('10000'))).toBe('0 0');
    const vma = tracker.vmas.find(({ start }) => start === page);
    expect(vma).toMatchObject({
      tracked: false,
      untracked: 'Tracked by the program itself (its own userfaultfd).',
    });
  });

  it('keeps them even if its memory takes the place of ours, with the same line in maps', async () => {
    const { program, page } = await startProgram();
    const tracker = track(program.pid);
    tracker.clear();
    for (let i = 0; i < 10; i++) {
      expect(await sampleWhile(tracker, page, program.ask('replace'))).toBe('0 0');
      expect(await sampleWhile(tracker, page, program.ask('300'))).toBe('0 0');
    }
  });

  it('clears nothing of another inspector', async () => {
    const { program } = await startProgram('idle');
    const [first, second] = [track(program.pid), track(program.pid)];
    first.clear();
    const list = new RegionList();
    second.clear();
    second.read('get-and-clear', list);
    expect(list.count).toBe(0);
    const taken = second.vmas.filter(({ untracked }) => untracked === 'Tracked by another inspector.');
    expect(taken.length).toBeGreaterThan(5);
    open.splice(open.indexOf(first), 1);
    first.close();
    // Memory of the first one is free after a second at most; earlier writes are not reported.
    for (let i = 0; i < 100 && second.vmas.some((vma) => vma.untracked?.includes('inspector')); i++) {
      second.read('get', list);
      expect(list.pages).toBe(0);
      await sleep(50);
    }
    expect(second.vmas.filter((vma) => vma.untracked?.includes('inspector'))).toEqual([]);
  });
});
