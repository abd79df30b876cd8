/** The cases of write watches under Wine, and the inspector attached to a Windows program: `npm run test:wine`. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { NativeSource } from '../../native/native-source.ts';
import { SourceTracker } from '../page-tracker.ts';
import { simulatedProgram } from '../testing/watched-program.ts';
import { writeWatchCases } from '../testing/write-watch-cases.ts';
import { MEM, PAGE, WRITE_WATCH_FLAG_RESET } from '../windows.ts';
import { WriteWatches } from '../write-watches.ts';
import { WineProgram } from './wine-program.ts';

let wine: WineProgram;
beforeAll(async () => {
  wine = await WineProgram.start();
});
afterAll(() => wine.end());

// One program for all cases, each of which has its own allocations.
writeWatchCases('a Windows program under Wine', () => Promise.resolve(wine));

const PAGES = 48;
const BYTES = PAGES * PAGE_SIZE;
const request = (base: bigint, changes: object = {}) => ({
  ...{ flags: 0, base, size: BigInt(BYTES), addresses: true, count: PAGES, granularity: true },
  ...changes,
});

describe('Wine and the simulated engine', () => {
  it('return the same for any sequence of calls', async () => {
    const ours = simulatedProgram();
    const random = randomBelow(11);
    const type = MEM.RESERVE | MEM.COMMIT | MEM.WRITE_WATCH;
    for (let run = 0; run < 10; run++) {
      const theirBase = await wine.allocateWatched(BYTES);
      const allocated = await ours.memory.allocate(BigInt(BYTES), type, PAGE.READWRITE);
      if ('error' in allocated) throw new Error(allocated.error);
      const both = [
        { program: wine, base: theirBase },
        { program: ours, base: allocated.base },
      ];
      for (let step = 0; step < 60; step++) {
        const from = random(PAGES);
        const pages = 1 + random(PAGES - from);
        const kind = random(6);
        const count = 1 + random(12);
        const flags = random(3);
        const outcomes = await Promise.all(
          both.map(async ({ program, base }) => {
            const at = base + BigInt(from * PAGE_SIZE);
            const size = BigInt(pages * PAGE_SIZE);
            if (kind < 3) {
              await program.memory.protect(base, BigInt(BYTES), PAGE.READWRITE);
              const stride = 1 + (count % 5);
              const written = Array.from({ length: Math.ceil(pages / stride) }, (_, i) => from + i * stride);
              await program.write(...written.map((page) => pageOfAddress(base) + page));
              return null;
            }
            if (kind === 3) return program.watches.reset(at, size);
            if (kind === 4)
              return program.memory.protect(at, size, flags === 0 ? PAGE.READONLY : PAGE.NOACCESS);
            const { error, addresses, granularity } = await program.watches.get(
              request(base, { base: at, size, count, flags }),
            );
            return [error, granularity, addresses.map((address) => address - base)];
          }),
        );
        expect(outcomes[1]).toEqual(outcomes[0]);
      }
      await wine.memory.release(theirBase);
      await ours.memory.release(allocated.base);
    }
  });
});

describe('the inspector, attached to a Windows program', () => {
  const open: NativeSource[] = [];
  afterEach(async () => {
    for (const source of open.splice(0)) await source.close();
  });

  /** Wine's own write watches and ours, over the same pages of the same process. */
  async function both() {
    const base = await wine.allocateWatched(BYTES);
    const source = await NativeSource.attach(wine.pid, { backend: 'write-protect' });
    open.push(source);
    const ours = new WriteWatches(new SourceTracker(source));
    await ours.watch(pageOfAddress(base), PAGES);
    await wine.watches.reset(base, BigInt(BYTES));
    const get = async (watches: WineProgram['watches'], changes: object = {}) => {
      const { error, addresses } = await watches.get(request(base, changes));
      return [error, ...addresses.map((address) => Number((address - base) / BigInt(PAGE_SIZE)))];
    };
    const write = (...pages: number[]) => wine.write(...pages.map((page) => pageOfAddress(base) + page));
    return { base, ours, theirs: wine.watches, get, write };
  }

  it('returns what Wine returns, for 200 random rounds', async () => {
    const { ours, theirs, get, write } = await both();
    const random = randomBelow(3);
    for (let round = 0; round < 200; round++) {
      await write(...Array.from({ length: 1 + random(20) }, () => random(PAGES)));
      const call = { count: 1 + random(PAGES), flags: random(2) };
      expect(await get(ours, call)).toEqual(await get(theirs, call));
    }
  });

  it('takes nothing from Wine, nor Wine from it', async () => {
    const { base, ours, theirs, get, write } = await both();
    const reset = { flags: WRITE_WATCH_FLAG_RESET };
    await write(3, 9);
    expect(await get(ours, reset)).toEqual(['ERROR_SUCCESS', 3, 9]);
    expect(await get(theirs)).toEqual(['ERROR_SUCCESS', 3, 9]);
    await write(4);
    await theirs.reset(base, BigInt(BYTES));
    expect(await get(ours)).toEqual(['ERROR_SUCCESS', 4]);
    expect(await get(theirs)).toEqual(['ERROR_SUCCESS']);
  });

  it('misses, unlike Wine, what is decommitted before it looks, and sees what it is asked to keep', async () => {
    const { base, ours, theirs, get, write } = await both();
    const size = BigInt(PAGE_SIZE);
    await write(5, 6);
    await ours.keep(pageOfAddress(base) + 6, 1);
    for (const page of [5n, 6n]) await wine.memory.decommit(base + page * size, size);
    expect(await get(theirs)).toEqual(['ERROR_SUCCESS', 5, 6]);
    expect(await get(ours)).toEqual(['ERROR_SUCCESS', 6]);
  });
});
