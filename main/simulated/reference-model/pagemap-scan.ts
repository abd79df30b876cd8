/** PAGEMAP_SCAN (fs/proc/task_mmu.c, checked by hand against Linux 6.18): with its walk and its buffer of 512 regions. */
import { formatPage } from '#shared/memory/page.ts';
import { PAGE_CATEGORIES } from '#shared/memory/uapi.ts';
import type { PageRegion, PagemapScanResult, StepOf } from '../../scenarios/steps.ts';
import { splitHuge } from './huge.ts';
import type { ModelState } from './model-state.ts';
import {
  Errno,
  isPresent,
  bareEntry,
  overlapping,
  TILE,
  tileOf,
  type Entry,
  type Huge,
  type Vma,
} from './state.ts';
import { pageOf, unaligned, userBytes } from './addresses.ts';
import { protectUffd } from './uffd.ts';
import { setEntry } from './entries.ts';

const WP_MATCHING = 1n;
const CHECK_WPASYNC = 2n;
const bit = (name: (typeof PAGE_CATEGORIES)[number]): bigint => 1n << BigInt(PAGE_CATEGORIES.indexOf(name));
const ALL = (1n << BigInt(PAGE_CATEGORIES.length)) - 1n;
const BUFFER = 512n;

interface Region {
  start: number;
  end: number;
  categories: bigint;
}

/** Thrown if the walk stops early: the buffer is full. */
class NoSpace extends Error {}

export function pagemapScan(model: ModelState, step: StepOf<'pagemap_scan'>): PagemapScanResult {
  const scan = new Scan(model, step);
  return scan.run();
}

class Scan {
  private readonly model: ModelState;
  private readonly step: StepOf<'pagemap_scan'>;
  private readonly maxPages: number;
  private readonly out: Region[] = [];
  private buffer: Region[] = [];
  private room: bigint;
  private bufferRoom: number;
  private found = 0;
  private walkEnd = 0;
  private readonly protects: boolean;
  private readonly buffered: boolean;

  constructor(model: ModelState, step: StepOf<'pagemap_scan'>) {
    this.model = model;
    this.step = step;
    this.check();
    this.maxPages = step.maxPages === 0n ? Infinity : Number(step.maxPages);
    this.room = step.vecLen;
    this.buffered = step.vecLen > 0n;
    this.bufferRoom = Number(this.room < BUFFER ? this.room : BUFFER);
    this.protects = (step.flags & WP_MATCHING) !== 0n;
  }

  private check(): void {
    const { flags, inverted, mask, anyof, returns, start, end, vec, vecLen } = this.step;
    if ((flags & ~3n) !== 0n || ((inverted | mask | anyof | returns) & ~ALL) !== 0n)
      throw new Errno('EINVAL');
    if (unaligned(start)) throw new Errno('EINVAL');
    if (end < start || end > userBytes(this.model)) throw new Errno('EFAULT');
    if (vec === 'null' && vecLen > 0n) throw new Errno('EINVAL');
    if (vec !== 'null' && vecLen * 24n > userBytes(this.model)) throw new Errno('EFAULT');
  }

  run(): PagemapScanResult {
    const start = pageOf(this.step.start);
    const end = pageOf(this.step.end + 4095n);
    for (let from = start; from < end; from = this.walkEnd) {
      let full = false;
      try {
        this.walk(from, end);
      } catch (error) {
        if (!(error instanceof NoSpace)) throw error;
        full = true;
      }
      this.flush();
      if (!full || this.room === 0n || this.found === this.maxPages) break;
    }
    const regions = this.out.map(({ start: first, end: last, categories }) =>
      this.region(first, last, categories),
    );
    return { ret: regions.length, walkEnd: formatPage(this.walkEnd === 0 ? end : this.walkEnd), regions };
  }

  private region(start: number, end: number, categories: bigint): PageRegion {
    const names = PAGE_CATEGORIES.filter((name) => (categories & bit(name)) !== 0n);
    return { start: formatPage(start), end: formatPage(end), categories: names };
  }

  private flush(): void {
    this.out.push(...this.buffer);
    this.room -= BigInt(this.buffer.length);
    if (this.room < BigInt(this.bufferRoom)) this.bufferRoom = Number(this.room);
    this.buffer = [];
  }

  private walk(start: number, end: number): void {
    for (const vma of overlapping(this.model.current, start, end)) {
      if (!vma.uffd && (this.step.flags & CHECK_WPASYNC) !== 0n) throw new Errno('EPERM');
      if ((!vma.uffd && this.protects) || vma.device) continue;
      const own = (vma.uffd ? bit('WPALLOWED') : 0n) | (vma.sd ? bit('SOFT_DIRTY') : 0n);
      const required = this.step.mask & bit('WPALLOWED');
      if (((own ^ this.step.inverted) & required) !== required) continue;
      const stop = Math.min(end, vma.end);
      for (let page = Math.max(start, vma.start); page < stop;) {
        const next = Math.min(stop, (tileOf(page) + 1) * TILE);
        this.walkTile(vma, own, page, next);
        page = next;
      }
    }
  }

  private interesting(categories: bigint): boolean {
    const { inverted, mask, anyof } = this.step;
    const seen = categories ^ inverted;
    return (seen & mask) === mask && (anyof === 0n || (seen & anyof) !== 0n);
  }

  /** pagemap_scan_output: pages taken, from `start` on; fewer than asked if the buffer is full (`stop`). */
  private output(categories: bigint, start: number, end: number): { end: number; stop: boolean } {
    if (!this.buffered) return { end, stop: false };
    const returned = categories & this.step.returns;
    let to = end;
    let stop = false;
    if (this.found + (end - start) > this.maxPages) {
      to = start + (this.maxPages - this.found);
      stop = true;
    }
    // A range of no pages still occupies a place, as pagemap_scan_push_range does it.
    const last = this.buffer.at(-1);
    if (last && last.end === start && last.categories === returned) last.end = to;
    else if (to > start && this.buffer.length < this.bufferRoom)
      this.buffer.push({ start, end: to, categories: returned });
    else if (to > start) {
      to = start;
      stop = true;
    }
    this.found += to - start;
    if (stop) this.walkEnd = to;
    return { end: to, stop };
  }

  private walkTile(vma: Vma, own: bigint, start: number, end: number): void {
    const process = this.model.current;
    const huge = process.huge.get(tileOf(start));
    if (huge && this.scanHuge(own, huge, start, end)) return;
    if (!process.tables.has(tileOf(start))) {
      this.scanHole(vma, own, start, end);
      return;
    }
    if (this.protects && !this.buffered) {
      for (let page = start; page < end; page++) this.protect(page);
      return;
    }
    const { anyof, inverted, mask, returns } = this.step;
    const written = bit('WRITTEN');
    const fast = anyof === 0n && inverted === 0n && mask === written && returns === written;
    for (let page = start; page < end; page++) {
      const entry = process.entries.get(page);
      const categories = fast ? (entry?.wp ? 0n : own | written) : own | categoriesOf(entry);
      if (fast ? categories === 0n : !this.interesting(categories)) continue;
      const result = this.output(categories, page, page + 1);
      if (result.end === page) throw new NoSpace();
      if (this.protects && (categories & written) !== 0n) this.protect(page);
      if (result.stop) throw new NoSpace();
    }
  }

  /** pagemap_scan_thp_entry; false if the page is small now and must be walked page by page. */
  private scanHuge(own: bigint, huge: Huge, start: number, end: number): boolean {
    const categories = own | categoriesOfHuge(huge);
    if (!this.interesting(categories)) return true;
    const before = structuredClone(this.buffer);
    const found = this.found;
    const result = this.output(categories, start, end);
    if (result.end > start && this.protects && (categories & bit('WRITTEN')) !== 0n) {
      if (result.end !== start + TILE) {
        this.buffer = before;
        this.found = found;
        splitHuge(this.model.current, tileOf(start));
        return false;
      }
      huge.wp = true;
      huge.write = false;
    }
    if (result.stop) throw new NoSpace();
    return true;
  }

  /** No page table: written if the VMA is armed; nothing is known of it elsewhere. */
  private scanHole(vma: Vma, own: bigint, start: number, end: number): void {
    const categories = own | (vma.uffd ? bit('WRITTEN') : 0n);
    if (!this.interesting(categories)) return;
    const result = this.output(categories, start, end);
    if (result.end > start && this.protects) protectUffd(this.model, vma, start, result.end, true);
    if (result.stop) throw new NoSpace();
  }

  /** make_uffd_wp_pte */
  private protect(page: number): void {
    const process = this.model.current;
    const entry = process.entries.get(page);
    if (!entry) {
      this.model.charge(1);
      setEntry(process, page, bareEntry('marker', { wp: true, young: false }));
      return;
    }
    entry.wp = true;
    entry.write = false;
  }
}

function categoriesOf(entry: Entry | undefined): bigint {
  if (!entry) return bit('WRITTEN');
  let categories = isPresent(entry) ? bit('PRESENT') : bit('SWAPPED');
  if (!entry.wp) categories |= bit('WRITTEN');
  if (entry.kind === 'page' && !entry.frame.anon) categories |= bit('FILE');
  if (entry.kind === 'zero') categories |= bit('PFNZERO');
  if (entry.kind === 'guard') categories |= bit('GUARD');
  if (entry.soft) categories |= bit('SOFT_DIRTY');
  return categories;
}

function categoriesOfHuge(huge: Huge): bigint {
  let categories = bit('HUGE') | bit('PRESENT');
  if (!huge.wp) categories |= bit('WRITTEN');
  if (huge.shared) categories |= bit('FILE');
  if (!huge.frames) categories |= bit('PFNZERO');
  if (huge.soft) categories |= bit('SOFT_DIRTY');
  return categories;
}
