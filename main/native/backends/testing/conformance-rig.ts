import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { PAGE_SIZE, addressOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { BackendName } from '#shared/source/backend.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { OperationName } from '#shared/source/operation.ts';
import type { NativeSource } from '../../native-source.ts';
import { MMAP, SYS } from '../../syscalls/constants.ts';
import type { Target } from '../../testing/target.ts';

/** A tracked program. */
export interface Watched {
  readonly target: Target;
  readonly source: NativeSource;
}

export interface Conformance {
  /** Starts another program and tracks it. */
  start(): Promise<Watched>;
  readonly backend: BackendName;
  readonly getAndClear: Capabilities['getAndClear'];
  /** Iterations of loops, rounds of concurrent writes, number of VMAs: emulated machines are slow. */
  readonly loops: number;
  readonly rounds: number;
  readonly vmas: number;
}

/** How backends differ. */
const sees = (name: BackendName) => ({
  /** New mappings count as a whole, and are reported as new. */
  news: name === 'soft-dirty',
  /** Pages that mremap moved are touched, not written. */
  movesTouched: name === 'write-protect' || name === 'preload',
  /** A huge page is one page. */
  hugePageWhole: name === 'soft-dirty',
  /** Writes by any process to shared memory. */
  foreignWrites: name === 'compare',
  /** Only writes that change something. */
  changesOnly: name === 'compare',
});

const { PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE } = MMAP;
export const READ_WRITE = PROT_READ | PROT_WRITE;

/** A folder in a file system in memory. */
export const memoryFolder = () =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'conformance-'));

export const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The tracked program of one backend's tests, started once, and what they do with it. Pages in results count from `page`. */
export class ConformanceRig {
  readonly conformance: Conformance;
  readonly traits: ReturnType<typeof sees>;
  private watched: Watched | null = null;

  constructor(conformance: Conformance) {
    this.conformance = conformance;
    this.traits = sees(conformance.backend);
  }

  get target(): Target {
    return this.present.target;
  }

  get source(): NativeSource {
    return this.present.source;
  }

  async start(): Promise<void> {
    this.watched = await this.conformance.start();
  }

  async end(): Promise<void> {
    await this.source.close();
    await this.target.kill();
  }

  /** Pages of the range that are in a plane, but not those that count only because their VMA is new. */
  readonly take = async (
    mode: 'hold' | 'interval',
    page: number,
    count: number,
    explicit = false,
  ): Promise<number[]> => {
    const tiles = new TileSet();
    await this.source.sample({ mode, tiles, state: false, explicit });
    return upTo(count).filter(
      (i) => tiles.test(Plane.Written, page + i) && !tiles.test(Plane.Fresh, page + i),
    );
  };

  readonly operate = async (op: OperationName, page: number, pages: number, vecLen = pages) => {
    const len = BigInt(pages * PAGE_SIZE);
    const result = await this.source.operate({ op, start: addressOfPage(page), len, vecLen, flags: 0 });
    if (!result.ok) throw new Error(result.message);
    const found: number[] = [];
    for (let i = 0; i < result.runs.length; i += 2) {
      for (let j = 0; j < result.runs[i + 1]; j++) found.push(result.runs[i] + j - page);
    }
    expect(result.ret).toBe(found.length);
    return { found, next: result.next === null ? null : result.next - page, notes: result.notes };
  };

  readonly get = async (page: number, pages: number, vecLen?: number) =>
    (await this.operate('GET', page, pages, vecLen)).found;

  readonly getClear = async (page: number, pages: number, vecLen?: number) =>
    (await this.operate('GET_AND_CLEAR', page, pages, vecLen)).found;

  /** Fresh private memory that merges with nothing: a merge can make old memory count as new. */
  readonly map = async (pages: number): Promise<number> => {
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const room = await this.target.call(SYS.mmap, 0, (pages + 2) * PAGE_SIZE, PROT_NONE, flags, -1, 0);
    const page = room / PAGE_SIZE + 1;
    await this.protect(page, pages, READ_WRITE);
    return page;
  };

  /** Fresh memory, written and cleared. */
  readonly cleared = async (pages: number): Promise<number> => {
    const page = await this.map(pages);
    await this.target.fill(page, pages);
    await this.operate('CLEAR', page, pages);
    return page;
  };

  readonly read = (...pages: number[]) => this.target.send({ op: 'read', pages });

  readonly protect = (page: number, pages: number, protection: number) =>
    this.target.call(SYS.mprotect, page * PAGE_SIZE, pages * PAGE_SIZE, protection);

  readonly advise = (page: number, pages: number, advice: number) =>
    this.target.call(SYS.madvise, page * PAGE_SIZE, pages * PAGE_SIZE, advice);

  /** The VMA at a page, waiting for it: the list of VMAs may be some milliseconds old. */
  readonly vmaAt = async (page: number): Promise<Vma> => {
    for (;;) {
      const { vmas } = await this.source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
      const found = vmas.find((vma) => vma.start <= page && page < vma.end);
      if (found) return found;
      await sleep(1);
    }
  };

  private get present(): Watched {
    if (this.watched === null) throw new Error('The program was not started.');
    return this.watched;
  }
}
