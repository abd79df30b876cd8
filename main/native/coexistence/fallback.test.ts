/** Programs with more memory than is compared by default. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { capabilitiesOf, type SourceEvent } from '#shared/source/source.ts';
import { NativeSource } from '../native-source.ts';
import { compile, Conversation, type Compiled } from '../testing/c-program.ts';
import { openReadingFallback } from './fallback.ts';

const LIMIT = /^Comparing contents is limited to .* GiB of memory; this program has .* GiB in use\.$/;

let program: Compiled;
let child: Conversation;
let source: NativeSource;
let page: number;

beforeAll(() => {
  program = compile('main/native/coexistence/testing/own-uffd.c');
});
afterAll(() => program.remove());
afterEach(async () => {
  await source.close();
  await child.kill();
});

/** Opens the fallback on a program of some hundred pages. */
async function open(maxPages: number): Promise<SourceEvent[]> {
  child = new Conversation(program.path);
  page = Number((await child.line()).split(' ')[1]) / PAGE_SIZE;
  source = NativeSource.open(child.pid, () => openReadingFallback(child.pid, maxPages));
  const events: SourceEvent[] = [];
  source.onEvent((event) => events.push(event));
  return events;
}

async function sample() {
  const tiles = new TileSet();
  const { vmas } = await source.sample({ mode: 'interval', tiles, state: true });
  const row = vmas.find(({ start, end }) => start <= page && page < end);
  return { tiles, row, written: [...tiles.runs(Plane.Written)] };
}

/** Nothing is tracked, as shown; the state of pages is still read. */
async function expectUntracked(): Promise<void> {
  expect(source.backend).toBe('none');
  expect(capabilitiesOf(source)).toMatchObject({ get: false, clear: false, getAndClear: 'none' });
  await child.send('write 5');
  const { tiles, row, written } = await sample();
  expect(written).toEqual([]);
  expect(tiles.test(Plane.Present, page + 5)).toBe(true);
  expect(row).toMatchObject({ tracked: false, untracked: expect.stringMatching(LIMIT) as string });
}

describe('a fallback on a program larger than is compared', () => {
  it('tracks nothing, and shows why at each mapping', async () => {
    const events = await open(16);
    await expectUntracked();
    expect(events).toEqual([]);
  });

  it('is compared until it grows too large, which is reported once', async () => {
    const events = await open(4096);
    expect(source.backend).toBe('compare');
    await child.send('write 5');
    expect((await sample()).written).toContainEqual([page + 5, page + 6]);
    await child.send('grow 8192');
    await sample();
    await expectUntracked();
    await sample();
    const reason = expect.stringMatching(
      new RegExp(`^Process ${child.pid} is no longer tracked\\. Comparing contents is limited`),
    ) as string;
    expect(events).toEqual([{ type: 'backend', backend: 'none', atomic: false, reason }]);
  });
});
