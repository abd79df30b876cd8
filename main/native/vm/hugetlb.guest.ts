/** Pages of hugetlbfs, which only root can provide: asynchronous write-protection sees them, each as a whole (Linux 6.7). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { Target } from '../testing/target.ts';

const MAP_HUGETLB = 0x40000;
const COUNT = '/proc/sys/vm/nr_hugepages';

describe('write-protection of hugetlbfs', () => {
  beforeAll(() => writeFileSync(COUNT, '4'));
  afterAll(() => writeFileSync(COUNT, '0'));

  for (const [name, sharing] of [
    ['private', MMAP.MAP_PRIVATE],
    ['shared', MMAP.MAP_SHARED],
  ] as const) {
    it(`${name}: a write is one of all 512 pages`, async () => {
      const target = await Target.start(join(import.meta.dirname, 'test-target.js'));
      const flags = sharing | MMAP.MAP_ANONYMOUS | MAP_HUGETLB;
      const page = (await target.call(SYS.mmap, 0, 1024 * PAGE_SIZE, 3, flags, -1, 0)) / PAGE_SIZE;
      await target.write(page);
      const source = await NativeSource.attach(target.pid, { backend: 'write-protect' });
      const runsAfterSample = async (plane: Plane) => {
        const tiles = new TileSet();
        const { vmas } = await source.sample({ mode: 'interval', tiles, state: true });
        expect(vmas.find(({ start }) => start === page)).toMatchObject({
          kind: `anon-${name}`,
          tracked: true,
        });
        return tiles.runs(plane).flatMap(([from, to]) => (from < page ? [] : [[from - page, to - page]]));
      };
      const own = async (plane: Plane) => (await runsAfterSample(plane)).filter(([from]) => from < 1024);
      expect(await own(Plane.Written)).toEqual([]);
      await target.write(page + 3);
      expect(await own(Plane.Written)).toEqual([[0, 512]]);
      expect(await own(Plane.Written)).toEqual([]);
      // A private huge page that is new was written or read: a read gets one as well.
      await target.write(page + 700);
      expect(await own(name === 'private' ? Plane.Touched : Plane.Written)).toEqual([[512, 1024]]);
      await target.write(page + 701);
      expect(await own(Plane.Written)).toEqual([[512, 1024]]);
      await target.send({ op: 'read', pages: [page + 5] });
      expect(await own(Plane.Huge)).toEqual([[0, 1024]]);
      await source.close();
      await target.kill();
    });
  }
});
