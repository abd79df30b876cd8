/** Properties of soft-dirty beyond the conformance of all backends. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { EntriesReader } from '../backends/pages/entries-reader.ts';
import { ScanReader } from '../backends/pages/page-reader.ts';
import { NativeSource } from '../native-source.ts';
import { atLeast } from '../probe/system.ts';
import { forEachMapsLine, parseMapsLine } from '../process/maps.ts';
import { MMAP, PAGE_IS, SYS } from '../syscalls/constants.ts';
import { Target } from '../testing/target.ts';
import { RegionList } from '../tracking/region-list.ts';
import { advise, clearSoftDirty, mapAnonymous, MADV_POPULATE_READ, unmap, write } from './own-memory.ts';

const MAP_HUGETLB = 0x40000;

describe('soft-dirty on special programs', () => {
  let target: Target;

  beforeAll(async () => {
    target = await Target.start(join(import.meta.dirname, 'test-target.js'));
  });
  afterAll(() => target.kill());

  it('tracks a sandboxed program, which attaching could kill', async () => {
    expect(await target.send({ op: 'seccomp' })).toBe(0);
    const source = await NativeSource.attach(target.pid, { backend: 'soft-dirty', freeze: true });
    const page = await target.map(4);
    await target.write(page + 2);
    const start = BigInt(page * PAGE_SIZE);
    const request = { op: 'GET', start, len: BigInt(4 * PAGE_SIZE), vecLen: 4, flags: 0 } as const;
    // The mapping is new, so all of it counts.
    expect(await source.operate(request)).toMatchObject({ ret: 4 });
    await source.clearRefs?.();
    expect(await source.operate(request)).toMatchObject({ ret: 0 });
    await target.write(page + 2);
    expect(await source.operate(request)).toMatchObject({ runs: new Float64Array([page + 2, 1]) });
    await source.close();
  });

  it('reports that pages of hugetlbfs are not tracked', async () => {
    writeFileSync('/proc/sys/vm/nr_hugepages', '2');
    const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MAP_HUGETLB;
    const address = await target.call(SYS.mmap, 0, 512 * PAGE_SIZE, 3, flags, -1, 0);
    expect(address).toBeGreaterThan(0);
    await target.write(address / PAGE_SIZE);
    const source = await NativeSource.attach(target.pid, { backend: 'soft-dirty' });
    const tiles = new TileSet();
    const { vmas } = await source.sample({ mode: 'interval', tiles, state: false });
    const vma = vmas.find(({ start }) => start === address / PAGE_SIZE);
    expect(vma).toMatchObject({ tracked: false, untracked: expect.stringMatching(/hugetlbfs/) as string });
    await source.close();
    await target.unmap(address / PAGE_SIZE, 512);
    writeFileSync('/proc/sys/vm/nr_hugepages', '0');
  });
});

if (atLeast(release(), [6, 7])) {
  describe('soft-dirty by both ways', () => {
    it('pagemap’s entries answer as PAGEMAP_SCAN does', () => {
      const { SOFT_DIRTY, PRESENT, SWAPPED } = PAGE_IS;
      const query = { mask: SOFT_DIRTY, inverted: 0, anyOf: 0, returned: SOFT_DIRTY | PRESENT | SWAPPED };
      const vmas = () => {
        const found: Vma[] = [];
        forEachMapsLine(readFileSync('/proc/self/maps', 'latin1'), (line) => {
          found.push({ ...parseMapsLine(line), tracked: true });
        });
        return found;
      };
      const [pagemap, smaps] = [openSync('/proc/self/pagemap', 'r'), openSync('/proc/self/smaps', 'r')];
      const scan = ScanReader.open(pagemap, SOFT_DIRTY);
      const entries = new EntriesReader(pagemap, smaps, vmas);
      const small = 3000;
      // Larger than the limit for reading all entries.
      const large = 2 ** 17;
      const areas = [mapAnonymous(small), mapAnonymous(large)].map((page, i) => ({
        start: page,
        end: page + (i === 0 ? small : large),
      }));
      const compare = () =>
        areas.map(({ start, end }) => {
          const lists = [scan, entries].map((reader) => {
            const list = new RegionList();
            reader?.read(query, start, end, list);
            return Array.from({ length: list.count }, (_, i) => [
              list.start(i),
              list.end(i),
              list.categories(i),
            ]);
          });
          expect(lists[1]).toEqual(lists[0]);
          return lists[0]?.length ?? 0;
        });
      // New: one hole each.
      expect(compare()).toEqual([1, 1]);
      for (const { start } of areas) write(start + 1000, 3);
      expect(compare()).toEqual([3, 3]);
      clearSoftDirty();
      expect(compare()).toEqual([0, 0]);
      for (const { start, end } of areas) {
        advise(start + 10, 5, MADV_POPULATE_READ);
        write(start + 1001);
        write(end - 1);
      }
      expect(compare()).toEqual([2, 2]);
      for (const { start, end } of areas) unmap(start, end - start);
      closeSync(pagemap);
      closeSync(smaps);
    });
  });
}
