/** Each workload writes in the pattern that it claims. */
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { Machine } from '../machine.ts';
import { pagemap, PM_MMAP_EXCLUSIVE } from '../pagemap/pagemap.ts';
import { softDirty } from '../soft-dirty/soft-dirty.ts';
import { readPlanes } from '../source/planes.ts';
import { Database } from './database.ts';
import { ForkSave } from './fork-save.ts';
import { Framebuffer } from './framebuffer.ts';
import { GameLoop } from './game-loop.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { HugePages } from './huge-pages.ts';
import { MemoryLeak } from './memory-leak.ts';
import { Program } from './program.ts';
import { Random } from './random.ts';
import type { Region } from './region.ts';
import { Settings } from './settings.ts';
import { SparseMapping } from './sparse-mapping.ts';
import type { WorkloadClass } from './workload.ts';

/** A workload that is watched in mode interval. */
class Watched {
  readonly program: Program;
  private readonly step: () => void;
  private planes = new TileSet();

  constructor(type: WorkloadClass, given: Record<string, number> = {}) {
    this.program = new Program(new Machine(), new Random(11));
    const workload = new type(this.program, Settings.of(type.parameters, given));
    this.step = () => workload.step();
    this.clear();
  }

  /** Takes a step and reads what it wrote. */
  run(): void {
    this.step();
    this.planes = new TileSet();
    readPlanes(this.program.process.mm, this.planes, true);
    this.clear();
  }

  region(name: string): Region {
    const region = this.program.regions.find((candidate) => candidate.name === name);
    if (region === undefined) throw new Error(`no region ${name}`);
    return region;
  }

  /** Offsets of the pages of a region that the last step wrote. */
  written(region: Region, plane: Plane = Plane.Written): number[] {
    const pages: number[] = [];
    for (const [from, to] of this.planes.runs(plane)) {
      for (let page = Math.max(from, region.page); page < Math.min(to, region.end); page++) {
        pages.push(page - region.page);
      }
    }
    return pages;
  }

  /** Those written by an entry of their own, not because their VMA grew. */
  own(region: Region): number[] {
    const fresh = new Set(this.written(region, Plane.Fresh));
    return this.written(region).filter((page) => !fresh.has(page));
  }

  count(plane: Plane): number {
    return this.planes.count(plane);
  }

  private clear(): void {
    const { process, machine } = this.program;
    softDirty(process.mm, { op: 'CLEAR', page: 0, pages: machine.memory.taskPages, vecLen: 0 });
  }
}

const range = (from: number, count: number, modulus = Infinity): number[] =>
  Array.from({ length: count }, (_, i) => (from + i) % modulus).sort((a, b) => a - b);

describe('game loop', () => {
  it('fills the upload ring front to back and around', () => {
    const game = new Watched(GameLoop, { ring: 1, upload: 120 });
    const ring = game.region('[anon_shmem:upload ring]');
    for (let frame = 0; frame < 40; frame++) {
      game.run();
      expect(game.written(ring)).toEqual(range(frame * 30, 30, ring.pages));
    }
  });

  it('moves what is near the player every frame, and thinks every eighth', () => {
    const game = new Watched(GameLoop);
    const positions = game.region('[anon:entity positions]');
    const behaviour = game.region('[anon:entity behaviour]');
    for (let frame = 0; frame < 24; frame++) {
      game.run();
      const moved = game.written(positions);
      expect(moved.length).toBeGreaterThanOrEqual(24);
      expect(moved.length).toBeLessThanOrEqual(28);
      expect(game.written(behaviour)).toHaveLength(frame % 8 === 0 ? 96 : 0);
    }
  });

  it('streams a texture in over several frames, in order, after throwing one out', () => {
    const game = new Watched(GameLoop);
    const textures = game.region('[anon:textures]');
    const bursts: number[][] = [];
    let last: number[] = [];
    for (let frame = 0; frame < 400; frame++) {
      game.run();
      const pages = game.written(textures);
      expect([0, 32]).toContain(pages.length);
      if (pages.length > 0 && pages[0] % 256 === 0) bursts.push((last = []));
      last.push(...pages);
    }
    expect(bursts.length).toBeGreaterThan(3);
    for (const burst of bursts.slice(0, -1)) expect(burst).toEqual(range(burst[0], 256));
  });
});

describe('garbage collector', () => {
  it('allocates by a moving pointer, and evacuates when the nursery is full', () => {
    const gc = new Watched(GarbageCollector, { nursery: 1, allocation: 256 });
    const nursery = gc.region('[anon:nursery]');
    const survivors = ['[anon:survivors 0]', '[anon:survivors 1]'].map((name) => gc.region(name));
    for (let collection = 0; collection < 4; collection++) {
      for (let i = 0; i < 4; i++) {
        gc.run();
        expect(gc.written(nursery)).toEqual(range(i * 64, 64));
      }
      gc.run();
      expect(gc.written(nursery)).toEqual([]);
      // To the space that was empty, first 1, then 0, and so on.
      const used = survivors.map((space) => gc.written(space).length > 0);
      expect(used).toEqual([collection % 2 === 1, collection % 2 === 0]);
    }
  });

  it('marks the card of every old page that it stores into', () => {
    const gc = new Watched(GarbageCollector);
    const old = gc.region('[anon:old generation]');
    const cards = gc.region('[anon:card table]');
    let stores = 0;
    for (let i = 0; i < 20; i++) {
      gc.run();
      const pages = gc.written(old);
      stores += pages.length;
      expect(gc.written(cards)).toEqual([...new Set(pages.map((page) => Math.floor(page / 512)))]);
    }
    expect(stores).toBeGreaterThan(100);
  });

  it('compacts a full old generation and gives back the rest', () => {
    const gc = new Watched(GarbageCollector, { nursery: 4, old: 8, allocation: 1024 });
    const old = gc.region('[anon:old generation]');
    const resident = () => gc.written(old, Plane.Present).length;
    const marks = gc.region('[anon:mark bits]');
    let most = 0;
    let compacted = false;
    for (let i = 0; i < 400 && !compacted; i++) {
      const before = resident();
      gc.run();
      most = Math.max(most, resident());
      compacted = resident() < before;
      if (compacted) expect(gc.written(marks).length).toBeGreaterThan(0);
    }
    expect(compacted).toBe(true);
    expect(resident()).toBeLessThan(most * 0.7);
  });
});

describe('database', () => {
  it('writes the file in order at a checkpoint, just the blocks that were dirty', () => {
    const database = new Watched(Database, { checkpoint: 50 });
    const pool = database.region('[anon_shmem:buffer pool]');
    const file = database.region('/var/lib/quarry/base/16384');
    const dirty = new Set<number>();
    const flushed: number[] = [];
    for (let step = 0; step < 100; step++) {
      database.run();
      if (step < 50) for (const page of database.written(pool)) dirty.add(Math.floor(page / 2));
      const blocks = [...new Set(database.written(file).map((page) => Math.floor(page / 2)))];
      if (step < 50) expect(blocks).toEqual([]);
      flushed.push(...blocks);
    }
    expect(flushed).toEqual([...dirty].sort((a, b) => a - b));
    expect(dirty.size).toBeGreaterThan(200);
  });

  it('appends to the log page by page', () => {
    const database = new Watched(Database);
    const log = database.region('[anon_shmem:write-ahead log]');
    let end = 0;
    for (let step = 0; step < 60; step++) {
      database.run();
      const pages = database.written(log);
      expect(pages.length).toBeGreaterThan(0);
      expect(pages).toEqual(range(pages[0], pages.length));
      expect([end, end + 1]).toContain(pages[0]);
      end = pages.at(-1) ?? end;
    }
  });

  it('writes few blocks often and many rarely', () => {
    const database = new Watched(Database);
    const pool = database.region('[anon_shmem:buffer pool]');
    const writes = new Map<number, number>();
    for (let step = 0; step < 200; step++) {
      database.run();
      for (const page of database.written(pool)) writes.set(page, (writes.get(page) ?? 0) + 1);
    }
    const counts = [...writes.values()].sort((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(20 * counts[Math.floor(counts.length / 2)]);
  });
});

describe('framebuffer', () => {
  it('writes nothing but the damage: without film and terminal only what is under the cursor', () => {
    const display = new Watched(Framebuffer, { film: 0 });
    const screen = display.region('[anon_shmem:framebuffer]');
    const terminal = display.region('[anon_shmem:terminal]');
    let small = 0;
    for (let step = 0; step < 60; step++) {
      display.run();
      const pages = display.written(screen);
      expect(pages.length).toBeGreaterThan(0);
      if (display.written(terminal).length > 0) continue;
      // The old and the new cursor: 24 rows of 7680 bytes each, less than two pages per row.
      if (pages.length <= 96) small++;
    }
    expect(small).toBeGreaterThan(20);
  });

  it('writes a film as rows with gaps between them', () => {
    const display = new Watched(Framebuffer, { film: 100, width: 4096, height: 512 });
    const screen = display.region('[anon_shmem:framebuffer]');
    display.run();
    const pages = new Set(display.written(screen));
    // A row is 4 pages; the film goes from byte 2048 of the row to byte 7507: its first two pages.
    for (let row = 64; row < 64 + 170; row++) {
      expect(
        [0, 1, 3].map((page) => pages.has(row * 4 + page)),
        `row ${row}`,
      ).toEqual([true, true, false]);
    }
  });
});

describe('fork and copy on write', () => {
  it('shares everything at a save; what is written first is copied', () => {
    const store = new Watched(ForkSave, { dataset: 4, interval: 10, saving: 1, writes: 40 });
    const { machine, process } = store.program;
    const dataset = store.region('[anon:dataset]');
    const exclusive = (page: number): boolean =>
      (pagemap(process.mm, page, page + 1)[0].bits & PM_MMAP_EXCLUSIVE) !== 0;
    for (let step = 0; step < 10; step++) store.run();
    expect(machine.processes.filter(({ alive }) => alive)).toHaveLength(2);
    expect(range(0, dataset.pages).some((offset) => exclusive(dataset.page + offset))).toBe(false);
    store.run();
    const written = new Set(store.written(dataset));
    expect(written.size).toBeGreaterThan(10);
    for (let offset = 0; offset < dataset.pages; offset++) {
      expect(exclusive(dataset.page + offset)).toBe(written.has(offset));
    }
    for (let step = 0; step < 3; step++) store.run();
    expect(machine.processes.filter(({ alive }) => alive)).toHaveLength(1);
    expect(exclusive(dataset.end - 1)).toBe(true);
  });
});

describe('huge pages', () => {
  it('dirties 2 MiB by one write', () => {
    const huge = new Watched(HugePages, { writes: 1 });
    huge.run();
    expect(huge.written(huge.region('[anon:arena]'))).toHaveLength(512);
    expect(huge.count(Plane.Huge)).toBe(512);
  });

  it('splits huge pages and makes them whole again', () => {
    const huge = new Watched(HugePages, { arena: 8, splits: 5 });
    const counts: number[] = [];
    for (let step = 0; step < 400; step++) {
      huge.run();
      counts.push(huge.count(Plane.Huge) / 512);
    }
    const changes = counts.map((count, i) => count - (counts[i - 1] ?? 0));
    expect(counts.every(Number.isInteger)).toBe(true);
    expect(changes.filter((change) => change < 0).length).toBeGreaterThan(10);
    expect(changes.slice(60).filter((change) => change > 0).length).toBeGreaterThan(5);
  });
});

describe('memory leak', () => {
  it('grows its heap, and never writes again what it lost', () => {
    const server = new Watched(MemoryLeak, { limit: 1024 });
    const heap = server.region('[heap]');
    const lastWrite = new Map<number, number>();
    const before = heap.pages;
    for (let step = 0; step < 600; step++) {
      server.run();
      for (const page of server.own(heap)) lastWrite.set(page, step);
    }
    expect(heap.pages).toBeGreaterThan(before + 200);
    const forgotten = [...lastWrite.values()].filter((step) => step < 400).length;
    expect(forgotten).toBeGreaterThan(lastWrite.size / 3);
    // All of it is still in memory.
    expect(server.written(heap, Plane.Present).length).toBeGreaterThanOrEqual(lastWrite.size);
  });

  it('is restarted at its limit', () => {
    const server = new Watched(MemoryLeak, { limit: 8, leak: 100 });
    const heap = server.region('[heap]');
    const sizes: number[] = [];
    for (let step = 0; step < 400; step++) {
      server.run();
      sizes.push(heap.pages);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * 256 + 32);
    expect(sizes.some((size, i) => i > 0 && size === 64 && sizes[i - 1] > 64)).toBe(true);
  });
});

describe('sparse mapping', () => {
  it('uses little memory all over 1 TiB', () => {
    const sparse = new Watched(SparseMapping, { clusters: 64 });
    const mapping = sparse.region('[anon:arena]');
    expect(mapping.pages).toBe(2 ** 28);
    const tenths = new Set<number>();
    for (let step = 0; step < 300; step++) {
      sparse.run();
      for (const page of sparse.written(mapping)) tenths.add(Math.floor((page / mapping.pages) * 10));
      expect(sparse.written(mapping, Plane.Present).length).toBeLessThanOrEqual(64 * 64);
    }
    expect(tenths.size).toBe(10);
  });
});
