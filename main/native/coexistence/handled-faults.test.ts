/** Memory whose page faults the program resolves itself is never read: that could cause a fault of ours. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { CompareTracker } from '../backends/compare/compare-tracker.ts';
import * as notices from '../notices.ts';
import { OpenProcess } from '../open-process.ts';
import { compile, Conversation, type Compiled } from '../testing/c-program.ts';
import { RegionList } from '../tracking/region-list.ts';

const PAGES = 64;
const MISSING = 1;

let program: Compiled;
let child: Conversation;
let handled: number;
let other: number;
const opened: { close(): void }[] = [];

beforeAll(() => {
  program = compile('main/native/coexistence/testing/own-uffd.c');
});
afterAll(() => program.remove());
afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await child.kill();
});

/** A program that resolves the faults of 64 pages, which are in memory, and not those of another 64. */
async function startProgram(): Promise<void> {
  child = new Conversation(program.path, '0');
  [handled, other] = (await child.line())
    .split(' ')
    .slice(1, 3)
    .map((word) => Number(word) / PAGE_SIZE);
  await child.send(`old ${MISSING}`);
}

it('compares all but that memory', async () => {
  await startProgram();
  const tracker = new CompareTracker(child.pid);
  opened.push(tracker);
  const at = (page: number) => tracker.vmas.find(({ start, end }) => start <= page && page < end);
  expect(at(handled)).toMatchObject({ tracked: false, untracked: notices.UNTRACKED.handlesFaults });
  expect(at(other)).toMatchObject({ tracked: true });
  tracker.clear();
  await child.send('write 5');
  await child.send('other 7');
  const list = new RegionList();
  tracker.read('get-and-clear', list);
  const runs = [...list.toRuns()];
  expect(runs.filter((_, i) => i % 2 === 0)).toContain(other + 7);
  expect(runs.some((page, i) => i % 2 === 0 && page >= handled && page < handled + PAGES)).toBe(false);
});

it('waits for no fault that only the program could resolve', async () => {
  await startProgram();
  const process = new OpenProcess(child.pid);
  opened.push(process);
  expect(process.bytes(other, 2)).toHaveLength(2 * PAGE_SIZE);
  expect(process.bytes(handled + 2, 2)).toHaveLength(2 * PAGE_SIZE);
  await child.send('drop 3');
  expect(process.bytes(handled + 3, 1)).toHaveLength(0);
});
