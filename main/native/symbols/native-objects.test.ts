/** Variables and heap blocks of a real program that prints what is where. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressOfPage, PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { objectAt } from '#shared/source/page-objects.ts';
import { type Compiled, compile, Conversation } from '../testing/c-program.ts';
import { NativeObjects } from './native-objects.ts';

let program: Compiled;
let running: Conversation;
let objects: NativeObjects;
let printed: bigint[];
beforeAll(() => {
  program = compile('main/native/symbols/testing/data-places.c', '-g', '-pthread');
});
afterAll(() => program.remove());
beforeEach(async () => {
  // One arena, so that the thread's blocks are in [heap].
  process.env['GLIBC_TUNABLES'] = 'glibc.malloc.arena_max=1';
  running = new Conversation(program.path);
  delete process.env['GLIBC_TUNABLES'];
  printed = (await running.line()).split(' ').map(BigInt);
  objects = new NativeObjects(running.pid);
});
afterEach(async () => {
  objects.close();
  await running.kill();
});

const at = async (address: bigint) => {
  const found = await objects.objects(pageOfAddress(address));
  return { found, one: objectAt(found.objects, address) };
};

describe('objects of a page', () => {
  it('are its variables and heap blocks, and the thread whose stack it is', async () => {
    const [variable, used, freed, local, tid, level] = printed;
    expect((await at(variable)).one).toEqual({
      ...{ kind: 'symbol', name: 'g_scores', start: variable - 40n, bytes: 1024 },
    });
    expect((await at(used)).one).toEqual({
      ...{ kind: 'heap-block', start: used - 10n, bytes: 1000, inUse: true },
    });
    expect((await at(freed)).one).toMatchObject({ kind: 'heap-block', inUse: false });
    expect((await at(local)).found).toMatchObject({ objects: [], thread: { tid: Number(tid) }, limits: [] });
    expect((await at(level)).one).toMatchObject({ name: 'g_level', start: level - 500_000n, bytes: 2 ** 20 });
    expect((await at(0n)).found).toMatchObject({ objects: [], thread: null, more: 0 });
  });

  it('are all that have a byte in the page, by address, of each page of the heap', async () => {
    const [, used] = printed;
    const first = (await at(used)).found;
    const next = await objects.objects(first.page + 1);
    for (const { page, objects: list } of [first, next]) {
      const [start, end] = [addressOfPage(page), addressOfPage(page + 1)];
      for (const [i, one] of list.entries()) {
        expect(one.start < end && one.start + BigInt(one.bytes) > start).toBe(true);
        const before = list[i - 1];
        // A header of 8 bytes is between two blocks.
        if (before) expect(one.start).toBe(before.start + BigInt(before.bytes) + 8n);
      }
    }
    // The block at the border is in both pages.
    const last = first.objects.at(-1);
    const reaches = last !== undefined && last.start + BigInt(last.bytes) > addressOfPage(first.page + 1);
    expect(next.objects[0]?.start === last?.start).toBe(reaches);
  });

  it('requests at the same time are answered each, and none after it was closed', async () => {
    const [variable, used] = printed;
    const answers = await Promise.all([at(variable), objects.symbol('g_scores'), at(used)]);
    expect(answers[0].one).toMatchObject({ name: 'g_scores' });
    expect(answers[1]).toEqual({ name: 'g_scores', start: variable - 40n, bytes: 1024 });
    expect(answers[2].one).toMatchObject({ bytes: 1000 });
    const late = objects.symbol('g_scores');
    objects.close();
    await expect(late).rejects.toMatchObject({ kind: 'no-source' });
    await expect(objects.objects(1)).rejects.toMatchObject({ kind: 'no-source' });
  });
});

describe('a variable by its name', () => {
  it('is found in every loaded file; unknown names are null', async () => {
    expect(await objects.symbol('g_scores')).toMatchObject({ bytes: 1024 });
    const environment = await objects.symbol('environ');
    expect(environment).toMatchObject({ bytes: 8 });
    expect(Number((environment?.start ?? 0n) % BigInt(PAGE_SIZE)) % 8).toBe(0);
    expect(await objects.symbol('no_such_variable')).toBe(null);
    await expect(objects.symbol('g_lives')).rejects.toMatchObject({
      ...{ kind: 'unsupported', message: expect.stringContaining('thread-local') },
    });
  });
});
