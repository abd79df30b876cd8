import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { AccessResult } from '../fault/access-check.ts';
import { errnoName } from '../mm/errno.ts';
import type { Machine } from '../machine.ts';
import type { Advice } from '../syscalls/madvise.ts';
import { findFree, type MapKind } from '../syscalls/mmap.ts';
import type { SimulatedProcess } from '../process.ts';
import { VM_READ, VM_WRITE } from '../mm/vma-flags.ts';
import type { Random } from './random.ts';
import { Region } from './region.ts';

interface MapOptions {
  /** Default `anon-private`. */
  readonly kind?: MapKind;
  /** VM_READ | VM_WRITE | VM_EXEC; default read and write. */
  readonly rights?: number;
  /** First page; by default top-down below the others, with a gap so that VMAs with names do not merge. */
  readonly page?: number;
  /** madvise(MADV_HUGEPAGE). */
  readonly huge?: boolean;
}

/** Pages of the simulator's one file between two files' beginnings. */
const FILE_DISTANCE = 2 ** 24;

/**
 * A simulated program as its author sees it: memory in named regions, accesses by offset. Addresses and lengths are
 * pages. A call that the kernel refuses throws, except in tryAdvise().
 */
export class Program {
  readonly machine: Machine;
  readonly process: SimulatedProcess;
  readonly random: Random;
  /** All that is mapped, in order of arrival. */
  readonly regions: Region[];
  private files: { count: number };

  constructor(machine: Machine, random: Random, process = machine.init, parent?: Program) {
    this.machine = machine;
    this.process = process;
    this.random = random;
    this.regions = parent ? parent.regions.map((r) => new Region(r.name, r.page, r.pages, r.filePage)) : [];
    this.files = parent?.files ?? { count: 0 };
  }

  /** mmap(). Regions of 2 MiB and more begin at a multiple of it, so that they can have huge pages. */
  map(name: string, pages: number, options: MapOptions = {}): Region {
    const kind = options.kind ?? 'anon-private';
    const file = kind === 'file-private' || kind === 'file-shared';
    const filePage = file ? ++this.files.count * FILE_DISTANCE : 0;
    const page = this.mapAt(options.page ?? this.freePlace(pages), pages, kind, options, filePage);
    const region = new Region(name, page, pages, filePage);
    this.regions.push(region);
    if (options.huge) this.advise(region, 0, pages, 'hugepage');
    return region;
  }

  /** A mapping of another part of the file after `region`: the next segment of a program or library. */
  mapMore(region: Region, pages: number, rights: number): Region {
    const { name, end, filePage } = region;
    const first = this.regions.find((other) => other.filePage === filePage) ?? region;
    this.mapAt(end, pages, 'file-private', { rights }, filePage + (end - first.page));
    const more = new Region(name, end, pages, filePage);
    this.regions.push(more);
    return more;
  }

  unmap(region: Region): void {
    this.check('munmap', this.process.munmap(region.page, region.pages));
    this.regions.splice(this.regions.indexOf(region), 1);
  }

  /** brk(): sets the heap's length, 0 to unmap it. */
  setHeap(heap: Region, pages: number): void {
    const end = this.process.mm.heapStart + pages * PAGE_SIZE;
    if (this.process.setBreak(end) !== end) throw failed('brk', 'ENOMEM');
    heap.pages = pages;
  }

  write(region: Region, offset: number, pages = 1): void {
    this.access(this.process.write(this.place(region, offset, pages), pages));
  }

  read(region: Region, offset: number, pages = 1): void {
    this.access(this.process.read(this.place(region, offset, pages), pages));
  }

  protect(region: Region, offset: number, pages: number, rights: number): void {
    this.check('mprotect', this.process.mprotect(this.place(region, offset, pages), pages, rights));
  }

  advise(region: Region, offset: number, pages: number, advice: Advice): void {
    this.check(`madvise ${advice}`, this.tryAdvise(region, offset, pages, advice));
  }

  /** madvise() that may fail, because of the machine's options for instance: 0 or the error number. */
  tryAdvise(region: Region, offset: number, pages: number, advice: Advice): number {
    return this.process.madvise(this.place(region, offset, pages), pages, advice);
  }

  /** fork(): the child, which uses the same random numbers. */
  fork(): Program {
    const child = this.process.fork();
    if (typeof child === 'number') throw failed('fork', errnoName(child));
    return new Program(this.machine, this.random, child, this);
  }

  exit(): void {
    this.process.exit();
  }

  private freePlace(pages: number): number {
    if (pages < PAGES_PER_TILE) return this.check('mmap', findFree(this.process.mm, pages + 2)) + 1;
    return this.check('mmap', findFree(this.process.mm, pages + PAGES_PER_TILE, PAGES_PER_TILE));
  }

  private mapAt(page: number, pages: number, kind: MapKind, options: MapOptions, filePage: number): number {
    const rights = options.rights ?? VM_READ | VM_WRITE;
    return this.check('mmap', this.process.mmap({ page, pages, rights, kind, pgoff: filePage }));
  }

  private place(region: Region, offset: number, pages: number): number {
    if (offset < 0 || pages < 1 || offset + pages > region.pages) {
      throw new RangeError(`${region.name} has ${region.pages} pages, not ${offset} to ${offset + pages}`);
    }
    return region.page + offset;
  }

  private access(result: AccessResult): void {
    if (result === null) return;
    const { signal } = result;
    const why =
      signal === 'SIGKILL' ? 'the simulated machine is out of memory' : `an access ended in ${signal}`;
    throw new InspectorError(
      'program-ended',
      `The simulated program ended: ${why}.`,
      'Use smaller parameters.',
    );
  }

  private check(call: string, result: number): number {
    if (result < 0) throw failed(call, errnoName(result));
    return result;
  }
}

function failed(call: string, errno: string): InspectorError {
  return new InspectorError('program-ended', `The simulated program ended: ${call} failed with ${errno}.`);
}
