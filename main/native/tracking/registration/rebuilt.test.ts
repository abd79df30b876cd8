/** A program that builds all its mappings anew, at the same addresses. */
import { afterEach, expect, it } from 'vitest';
import { takeDescriptor } from '../../attach/take-descriptor.ts';
import { RegionList } from '../region-list.ts';
import { WriteProtectTracker } from '../write-protect-tracker.ts';
import { CProgram } from './testing/c-program.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Processor time in user mode, in milliseconds, of the sample that finds `count` mappings rebuilt. */
async function timeOf(count: number): Promise<number> {
  const program = new CProgram('memory');
  closing.push(() => program.kill());
  await program.line();
  await program.ask(`again ${count}`);
  const tracker = new WriteProtectTracker(program.pid, takeDescriptor(program.pid).uffd);
  closing.unshift(() => tracker.close());
  const list = new RegionList();
  tracker.read('get-and-clear', list);
  await program.ask(`again ${count}`);
  const { user } = process.cpuUsage();
  tracker.read('get-and-clear', list);
  const ms = process.cpuUsage().user / 1000 - user / 1000;
  expect(list.pages).toBeGreaterThanOrEqual(count);
  return ms;
}

it('takes time in proportion to their number', async () => {
  await timeOf(2000);
  const few = await timeOf(5000);
  const many = await timeOf(25_000);
  // In proportion 5, by comparing each with each 25.
  expect(many / few).toBeLessThan(12);
}, 60_000);
