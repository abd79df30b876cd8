/** Programs that use soft-dirty bits themselves: their bits are not cleared unless requested. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOfPage, PAGE_SIZE } from '#shared/memory/page.ts';
import { softDirtyUsers } from '../coexistence/soft-dirty-users.ts';
import { NativeSource } from '../native-source.ts';
import { Target } from '../testing/target.ts';
import { WatchRun } from './watch-run.ts';

/** The bit that the program itself would read. */
function softDirty(pid: number, page: number): Promise<boolean> {
  return NativeSource.attach(pid, { backend: 'soft-dirty' }).then(async (source) => {
    const request = {
      op: 'GET' as const,
      start: addressOfPage(page),
      len: BigInt(PAGE_SIZE),
      vecLen: 1,
      flags: 0,
    };
    const result = await source.operate(request);
    await source.close();
    return result.ok && result.ret === 1;
  });
}

describe('a program that has its own pagemap open', () => {
  let target: Target;
  let page: number;

  beforeEach(async () => {
    target = await Target.start(join(import.meta.dirname, 'test-target.js'));
    page = await target.map(8);
    await target.write(page + 1);
  });
  let other: ChildProcess | null = null;
  afterEach(async () => {
    // A process that is left running would keep the suite from ending.
    other?.kill('SIGKILL');
    await target.kill();
  });

  it('is detected, by either file, and so is another process that has them open', async () => {
    const { pid } = target;
    expect(softDirtyUsers(pid)).toEqual([]);
    const fd = openSync(`/proc/${pid}/pagemap`, 'r');
    const opener = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
      stdio: [fd, 'ignore', 'ignore'],
    });
    other = opener;
    await new Promise((resolve) => opener.once('spawn', resolve));
    closeSync(fd);
    expect(softDirtyUsers(pid)).toMatchObject([{ pid: opener.pid, file: 'pagemap' }]);
    const gone = new Promise((resolve) => opener.once('exit', resolve));
    opener.kill('SIGKILL');
    await gone;
    await target.send({ op: 'open', path: '/proc/self/pagemap' });
    expect(softDirtyUsers(pid)).toMatchObject([{ pid, file: 'pagemap' }]);
    await target.send({ op: 'open', path: '/proc/self/clear_refs', writable: true });
    expect(softDirtyUsers(pid)).toMatchObject([{ pid, file: 'clear_refs' }]);
  });

  it('keeps its bits when it is attached to, with the reason', async () => {
    await target.send({ op: 'open', path: '/proc/self/pagemap' });
    const source = await NativeSource.attach(target.pid, { backend: 'soft-dirty' });
    const events: unknown[] = [];
    source.onEvent((event) => events.push(event));
    const { clearsForOthers } = source;
    expect(clearsForOthers).toMatch(/soft-dirty bits itself/);
    expect(events).toEqual([{ type: 'notice', message: clearsForOthers }]);
    await source.close();
    expect(await softDirty(target.pid, page + 1)).toBe(true);
  });

  it('is tracked without a clear, each page once, unless a clear is requested', async () => {
    await target.send({ op: 'open', path: '/proc/self/pagemap' });
    const watch = async (...flags: string[]) => {
      const range = ['--start', String(page * PAGE_SIZE), '--len', String(8 * PAGE_SIZE)];
      const options = ['--pid', String(target.pid), '--backend', 'soft-dirty', ...flags, ...range];
      const run = new WatchRun([...options, '--hz', '10']);
      await run.attached();
      await target.write(page + 4);
      await run.reported([page + 4]);
      expect(await run.interrupt()).toBe(0);
      return { pages: run.pages.map((at) => at - page), error: run.error };
    };
    // The mapping is older than a clear of its own, so that single pages count.
    await NativeSource.attach(target.pid, { backend: 'soft-dirty', clearAnyway: true }).then((s) =>
      s.close(),
    );
    await target.write(page + 1);
    const held = await watch();
    expect(held.error).toMatch(/may use the soft-dirty bits itself/);
    expect(held.pages).toEqual([4]);
    expect(await softDirty(target.pid, page + 1)).toBe(true);
    const cleared = await watch('--clear-anyway');
    expect(cleared.error).toMatch(/will miss what is cleared/);
    expect(cleared.pages).toEqual([4]);
    expect(await softDirty(target.pid, page + 1)).toBe(false);
  });
});
