import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { Target, marks, registeredVmas } from '../testing/target.ts';
import { RegionList } from './region-list.ts';
import { WriteProtectTracker } from './write-protect-tracker.ts';

let scripts: BuiltScripts;
const open: { target: Target; tracker: WriteProtectTracker }[] = [];

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterAll(() => scripts.remove());
afterEach(async () => {
  for (const { target, tracker } of open.splice(0)) {
    tracker.close();
    await target.kill();
  }
});

async function track(): Promise<{ target: Target; tracker: WriteProtectTracker; list: RegionList }> {
  const target = await Target.start(scripts.path('test-target'));
  const tracker = new WriteProtectTracker(target.pid, takeDescriptor(target.pid).uffd);
  open.push({ target, tracker });
  tracker.clear();
  return { target, tracker, list: new RegionList() };
}

function pages(list: RegionList, from = 0, to = Infinity): number[] {
  const found: number[] = [];
  for (let i = 0; i < list.count; i++) {
    for (let page = list.start(i); page < list.end(i); page++) {
      if (page >= from && page < to) found.push(page - from);
    }
  }
  return found;
}

describe('WriteProtectTracker', () => {
  it('reports exactly the pages that were written, and each once', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(1000);
    await target.fill(page, 1000);
    const range = { start: page, end: page + 1000 };
    tracker.read('get-and-clear', list, range);
    expect(list.pages).toBe(1000);
    await target.write(page + 3, page + 4, page + 999);
    tracker.read('get', list, range);
    expect(pages(list, page)).toEqual([3, 4, 999]);
    tracker.read('get-and-clear', list, range);
    expect(pages(list, page)).toEqual([3, 4, 999]);
    tracker.read('get', list, range);
    expect(list.count).toBe(0);
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
    expect(registeredVmas(target.pid)).toBeGreaterThan(10);
  });
});
