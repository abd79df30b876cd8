import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { simulatedProgram, type WatchedProgram } from './testing/watched-program.ts';
import { writeWatchCases } from './testing/write-watch-cases.ts';
import { MEM, PAGE, WRITE_WATCH_FLAG_RESET } from './windows.ts';

writeWatchCases('a simulated program', async () => simulatedProgram());

const BYTES = BigInt(PAGE_SIZE);
const PAGES = 24;

/** The obvious model: a set of dirty pages. */
class Model {
  readonly dirty = new Set<number>();

  get(from: number, to: number, count: number, reset: boolean): number[] {
    const found = [...this.dirty]
      .filter((page) => page >= from && page < to)
      .sort((a, b) => a - b)
      .slice(0, count);
    if (reset) found.forEach((page) => this.dirty.delete(page));
    return found;
  }
}

const range = fc
  .tuple(fc.nat(PAGES - 1), fc.integer({ min: 1, max: PAGES }))
  .map(([from, length]) => ({ from, to: Math.min(PAGES, from + length) }));
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), page: fc.nat(PAGES - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('get' as const),
      range,
      count: fc.integer({ min: 1, max: 8 }),
      reset: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('reset' as const), range }),
  fc.record({ do: fc.constant('decommit' as const), range }),
  fc.record({
    do: fc.constant('protect' as const),
    range,
    to: fc.constantFrom(PAGE.READONLY, PAGE.NOACCESS),
  }),
);

async function allocate(program: WatchedProgram): Promise<bigint> {
  const reply = await program.memory.allocate(
    BigInt(PAGES) * BYTES,
    MEM.RESERVE | MEM.COMMIT | MEM.WRITE_WATCH,
    PAGE.READWRITE,
  );
  if ('error' in reply) throw new Error(reply.error);
  return reply.base;
}

describe('write watches', () => {
  it('agree with a set of dirty pages for any operations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
        const program = simulatedProgram();
        const base = await allocate(program);
        const model = new Model();
        const bytes = ({ from, to }: { from: number; to: number }) =>
          [base + BigInt(from) * BYTES, BigInt(to - from) * BYTES] as const;
        for (const step of steps) {
          if (step.do === 'write') {
            await program.memory.protect(base, BigInt(PAGES) * BYTES, PAGE.READWRITE);
            await program.write(pageOfAddress(base) + step.page);
            model.dirty.add(step.page);
          } else if (step.do === 'get') {
            const [start, size] = bytes(step.range);
            const { addresses } = await program.watches.get({
              flags: step.reset ? WRITE_WATCH_FLAG_RESET : 0,
              base: start,
              size,
              addresses: true,
              count: step.count,
              granularity: true,
            });
            const { from, to } = step.range;
            const found = addresses.map((address) => Number((address - base) / BYTES));
            expect(found).toEqual(model.get(from, to, step.count, step.reset));
          } else if (step.do === 'reset') {
            await program.watches.reset(...bytes(step.range));
            model.get(step.range.from, step.range.to, PAGES, true);
          } else if (step.do === 'decommit') await program.memory.decommit(...bytes(step.range));
          else await program.memory.protect(...bytes(step.range), step.to);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('report the whole region rather than miss a write when its VMA is new again through a merge', async () => {
    const program = simulatedProgram();
    const base = await allocate(program);
    const query = {
      flags: 0,
      base,
      size: BigInt(PAGES) * BYTES,
      addresses: true,
      count: 64,
      granularity: true,
    };
    await program.write(pageOfAddress(base) + 3);
    expect(await program.watches.get(query)).toMatchObject({
      wholeRegion: false,
      addresses: [base + 3n * BYTES],
    });
    // A mapping with the same flags beside it: both are one VMA now, which counts as new.
    const { process } = program.program;
    const page = pageOfAddress(base) + PAGES;
    process.mmap({ page, pages: 4, rights: 3, kind: 'anon-private' });
    process.madvise(page, 4, 'nohugepage');
    const found = await program.watches.get(query);
    expect(found.wholeRegion).toBe(true);
    expect(found.addresses).toHaveLength(PAGES);
    expect(await program.watches.reset(base, query.size)).toBe('ERROR_SUCCESS');
    expect(await program.watches.get(query)).toMatchObject({ wholeRegion: false, addresses: [] });
  });

  it('keep counting what another reader cleared, and lose nothing if the array is short', async () => {
    const program = simulatedProgram();
    const base = await allocate(program);
    const first = pageOfAddress(base);
    const { watches } = program;
    await program.write(first + 1, first + 4, first + 7);
    // A sample in mode interval takes these.
    program.program.process.clearRefs(4);
    watches.cleared(first - 2, first + 2);
    watches.cleared(first + 7, first + 8);
    await program.write(first + 5, first + 9);
    const found: number[][] = [];
    for (let call = 0; call < 3; call++) {
      const { addresses } = await watches.get({
        ...{ flags: WRITE_WATCH_FLAG_RESET, base, size: BigInt(PAGES) * BYTES },
        ...{ addresses: true, count: 3, granularity: true },
      });
      found.push(addresses.map((address) => pageOfAddress(address) - first));
    }
    expect(found).toEqual([[0, 1, 5], [7, 9], []]);
  });

  it('a released allocation is no longer a region', async () => {
    const { memory, watches, ...program } = simulatedProgram();
    const base = await allocate({ ...program, memory, watches });
    expect(watches.regions).toHaveLength(1);
    expect(await memory.release(base)).toBe('ERROR_SUCCESS');
    expect(watches.regions).toEqual([]);
  });

  it('a region that overlaps another one or is empty is refused', async () => {
    const { watches } = simulatedProgram();
    await watches.watch(100, 4);
    await expect(watches.watch(103, 2)).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(watches.watch(200, 0)).rejects.toMatchObject({ kind: 'bad-request' });
    await watches.watch(104, 2);
    expect(watches.regions.map(({ start, pages }) => [start, pages])).toEqual([
      [100, 4],
      [104, 2],
    ]);
  });
});
