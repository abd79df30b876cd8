/** mmap, munmap, brk and ftruncate (mm/mmap.c). Each throws an Errno. */
import { FILE_BASE, type StepOf } from '../../scenarios/steps.ts';
import { addressOf, PAGE, pageOf, roundUp, SIZE_MAX, unaligned, userBytes, userPages } from './addresses.ts';
import { setEntry } from './entries.ts';
import type { ModelState } from './model-state.ts';
import { place } from './place.ts';
import { bareEntry, Errno, overlapping, vmaAfter, type Backing, type Vma } from './state.ts';
import { importAnonVma, insert, joinsEndOf, joinsStartOf, remove, setPageProt, unmap } from './vmas.ts';
import { zap } from './zap.ts';

export function mmap(model: ModelState, step: StepOf<'mmap'>): number {
  const process = model.current;
  const isFile = step.kind === 'file-private' || step.kind === 'file-shared';
  const offset = step.offset ?? (step.addr - FILE_BASE + SIZE_MAX) % SIZE_MAX;
  if (isFile && unaligned(offset)) throw new Errno('EINVAL');
  if (step.len === 0n) throw new Errno('EINVAL');
  const length = roundUp(step.len);
  if (length === 0n) throw new Errno('ENOMEM');
  if (process.vmas.length > model.machine.maxMapCount) throw new Errno('ENOMEM');
  if (length > userBytes(model)) throw new Errno('ENOMEM');
  const address = place(model, step.addr, length, step.place ?? 'noreplace');
  if (address > userBytes(model) - length) throw new Errno('ENOMEM');
  if (unaligned(address)) throw new Errno('EINVAL');
  const start = pageOf(address);
  const end = start + pageOf(length);
  if ((step.place ?? 'noreplace') === 'noreplace' && overlapping(process, start, end).length > 0) {
    throw new Errno('EEXIST');
  }
  // MAX_LFS_FILESIZE: a file has less than 2^63 bytes.
  if (isFile && offset / PAGE > (2n ** 63n - 1n - length) / PAGE) throw new Errno('EOVERFLOW');
  unmap(model, start, end);

  const shared = step.kind === 'anon-shared' || step.kind === 'file-shared' || step.kind === 'special';
  const write = step.prot.includes('w');
  const backing = isFile ? model.file : step.kind === 'anon-shared' ? newBacking(end - start) : null;
  const vma: Vma = {
    ...{ start, end, shared, backing, write, read: step.prot.includes('r'), exec: step.prot.includes('x') },
    ...{ device: step.kind === 'special', account: write && !shared, advice: 'none', sd: true, uffd: false },
    pgoff: isFile ? Number(offset / PAGE) : step.kind === 'anon-private' ? start : 0,
    ...{ anonVma: null, chain: 0, pageProt: { access: 'none', exec: false } },
  };
  expandOrInsert(model, vma);
  if (step.kind === 'special') {
    for (let page = start; page < end; page++) {
      model.charge(1);
      setEntry(process, page, bareEntry('device', { write }));
    }
  }
  return addressOf(start);
}

const newBacking = (pages: number): Backing => ({ pages, cache: new Map(), compound: new Set() });

/** mmap_region's own merge, rule 26: the next VMA first, then the previous one; the whole is soft-dirty. */
function expandOrInsert(model: ModelState, vma: Vma): void {
  const process = model.current;
  const next = process.vmas.find((other) => other.start === vma.end);
  const prev = process.vmas.find((other) => other.end === vma.start);
  const withNext =
    next && joinsStartOf(next, vma, null, vma.pgoff + (vma.end - vma.start)) ? next : undefined;
  const withPrev = prev && joinsEndOf(prev, vma, withNext?.anonVma ?? null, vma.pgoff) ? prev : undefined;
  const grown = withPrev ?? withNext;
  if (grown) {
    if (withPrev && withNext) {
      importAnonVma(withPrev, withNext);
      withPrev.end = withNext.end;
      remove(process, withNext);
    } else if (withPrev) withPrev.end = vma.end;
    else {
      grown.start = vma.start;
      grown.pgoff = vma.pgoff;
    }
    grown.sd = true;
    setPageProt(grown);
    return;
  }
  insert(process, vma);
  setPageProt(vma);
}

export function munmap(model: ModelState, step: Pick<StepOf<'munmap'>, 'addr' | 'len'>): number {
  const { addr, len } = step;
  if (unaligned(addr) || addr > userBytes(model) || len > userBytes(model) - addr || len === 0n) {
    throw new Errno('EINVAL');
  }
  unmap(model, pageOf(addr), pageOf(addr + roundUp(len)));
  return 0;
}

export function brk(model: ModelState, step: StepOf<'brk'>): number {
  const process = model.current;
  const now = process.brk;
  if (step.addr < process.heap || step.addr > userBytes(model)) return Number(now);
  const from = pageOf(roundUp(now));
  const to = pageOf(roundUp(step.addr));
  if (to < from) {
    if (overlapping(process, to, from).length === 0) return Number(now);
    try {
      unmap(model, to, from);
    } catch {
      return Number(now);
    }
  } else if (to > from) {
    const next = vmaAfter(process, from);
    if (to >= userPages(model) || (next && to + 1 > next.start)) return Number(now);
    if (process.vmas.length > model.machine.maxMapCount) return Number(now);
    extendHeap(model, from, to);
  }
  process.brk = step.addr;
  return Number(step.addr);
}

function extendHeap(model: ModelState, start: number, end: number): void {
  const heap: Vma = {
    ...{ start, end, read: true, write: true, exec: false, shared: false, device: false, account: true },
    ...{ advice: 'none', sd: true, uffd: false, pgoff: start, backing: null, anonVma: null, chain: 0 },
    pageProt: { access: 'ro', exec: false },
  };
  const bottom = pageOf(model.current.heap);
  const prev = model.current.vmas.find((vma) => vma.end === start && vma.end > bottom);
  if (prev && joinsEndOf(prev, heap, null, start)) {
    prev.end = end;
    prev.sd = true;
  } else insert(model.current, heap);
}

/** ftruncate of the file: pages past the end leave the cache and every mapping, private copies included. */
export function truncate(model: ModelState, length: bigint): number {
  const pages = pageOf(roundUp(length));
  if (length >= 2n ** 63n) throw new Errno('EINVAL');
  const file = model.file;
  for (const index of [...file.cache.keys()]) if (index >= pages) file.cache.delete(index);
  for (const part of [...file.compound]) if ((part + 1) * 512 > pages) file.compound.delete(part);
  for (const process of model.alive()) {
    for (const vma of process.vmas) {
      if (vma.backing !== file) continue;
      const first = vma.start + Math.max(0, pages - vma.pgoff);
      if (first < vma.end) zap(process, first, vma.end);
    }
  }
  file.pages = pages;
  return 0;
}
