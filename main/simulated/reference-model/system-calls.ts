/** The system calls that change the address space (mm/mmap.c, mprotect.c, mremap.c, madvise.c). Each throws an Errno. */
import { USER_PAGES_4_LEVEL, USER_PAGES_5_LEVEL } from '#shared/memory/page.ts';
import type {
  BrkStep,
  MmapStep,
  MprotectStep,
  MremapStep,
  MunmapStep,
  Place,
} from '../../scenarios/steps.ts';
import { FILE_BASE } from '../../scenarios/steps.ts';
import type { Model } from './model.ts';
import { moveEntries } from './move.ts';
import {
  Errno,
  bareEntry,
  isPresent,
  overlapping,
  vmaAfter,
  vmaAt,
  type Backing,
  type Process,
  type Vma,
} from './state.ts';
import {
  change,
  importAnonVma,
  insert,
  joinsEndOf,
  joinsStartOf,
  mayUpgrade,
  merge,
  remove,
  setPageProt,
  upgradable,
  unmap,
} from './vmas.ts';
import { setEntry } from './zap.ts';

const PAGE = 4096n;
const SIZE_MAX = 2n ** 64n;
export const unaligned = (address: bigint): boolean => address % PAGE !== 0n;
export const pageOf = (address: bigint): number => Number(address / PAGE);
export const addressOf = (page: number): number => page * 4096;
/** PAGE_ALIGN in 64 bits: a length close to 2^64 becomes 0. */
export const roundUp = (length: bigint): bigint => (((length + PAGE - 1n) / PAGE) * PAGE) % SIZE_MAX;
export const userPages = (model: Model): number =>
  model.machine.la57 ? USER_PAGES_5_LEVEL : USER_PAGES_4_LEVEL;
export const userBytes = (model: Model): bigint => BigInt(userPages(model)) * PAGE;

/** Top of the area in which the kernel places mappings itself, in pages (ASLR off). */
const MMAP_BASE = 0x7ffff7fff;
const DEFAULT_WINDOW = USER_PAGES_4_LEVEL;

export function mmap(model: Model, step: MmapStep): number {
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

/** mmap_region's own merge, rule 26: the next VMA first, then the one before; the whole is soft-dirty. */
function expandOrInsert(model: Model, vma: Vma): void {
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

/** get_unmapped_area: where MAP_FIXED does not say it. Byte addresses. */
function place(model: Model, wanted: bigint, length: bigint, how: Place): bigint {
  if (how !== 'hint') return wanted;
  let address = (wanted / PAGE) * PAGE;
  if (address !== 0n && address < 65536n) address = 65536n;
  const pages = pageOf(length);
  const window = BigInt(DEFAULT_WINDOW) * PAGE;
  const valid =
    address <= userBytes(model) - length && address > window === address + length > window && address !== 0n;
  if (valid) {
    const next = vmaAfter(model.current, pageOf(address));
    if (!next || pageOf(address) + pages <= next.start) return address;
  }
  const top = MMAP_BASE + (address > window ? userPages(model) - DEFAULT_WINDOW : 0);
  const found = freeBelow(model.current, top, pages);
  if (found === null) throw new Errno('ENOMEM');
  return BigInt(found) * PAGE;
}

/** The highest place for `pages` pages that ends at or below `top`; page 0 is never given. */
function freeBelow(process: Process, top: number, pages: number): number | null {
  let end = top;
  for (const vma of process.vmas.toReversed()) {
    if (vma.start >= end) continue;
    if (end - vma.end >= pages) return end - pages;
    end = vma.start;
  }
  return end - 1 >= pages ? end - pages : null;
}

export function munmap(model: Model, step: Pick<MunmapStep, 'addr' | 'len'>): number {
  const { addr, len } = step;
  if (unaligned(addr) || addr > userBytes(model) || len > userBytes(model) - addr || len === 0n) {
    throw new Errno('EINVAL');
  }
  unmap(model, pageOf(addr), pageOf(addr + roundUp(len)));
  return 0;
}

export function mprotect(model: Model, step: MprotectStep): number {
  if (unaligned(step.addr)) throw new Errno('EINVAL');
  if (step.len === 0n) return 0;
  const length = roundUp(step.len);
  if (length === 0n || step.addr + length >= SIZE_MAX) throw new Errno('ENOMEM');
  const end = pageOf(step.addr + length);
  const prot = {
    read: step.prot.includes('r'),
    write: step.prot.includes('w'),
    exec: step.prot.includes('x'),
  };
  let start = pageOf(step.addr);
  let vma = vmaAt(model.current, start);
  if (!vma) throw new Errno('ENOMEM');
  let prev = start > vma.start ? vma : model.current.vmas[model.current.vmas.indexOf(vma) - 1];
  for (;;) {
    prev = protectPiece(model, prev, vma, start, Math.min(vma.end, end), prot);
    start = Math.max(Math.min(vma.end, end), prev.end);
    if (start >= end) return 0;
    const next = vmaAfter(model.current, prev.end);
    if (next?.start !== start) throw new Errno('ENOMEM');
    vma = next;
  }
}

/** mprotect_fixup of one piece; returns the VMA that holds it afterwards. */
function protectPiece(
  model: Model,
  prev: Vma | undefined,
  vma: Vma,
  start: number,
  end: number,
  prot: Pick<Vma, 'read' | 'write' | 'exec'>,
): Vma {
  const { read, write, exec } = prot;
  if (vma.read === read && vma.write === write && vma.exec === exec) return vma;
  const account = vma.account || (write && !vma.write && !vma.shared);
  const piece = change(model, prev, vma, start, end, { ...vma, ...prot, account });
  // Asked with the protection that the VMA had until now.
  const tryWritable = mayUpgrade(piece);
  setPageProt(piece);
  changeProtection(model, piece, start, end, tryWritable);
  return piece;
}

/** change_protection, rule 32: every entry takes the VMA's protection; some may be made writable at once. */
function changeProtection(model: Model, vma: Vma, start: number, end: number, tryWritable: boolean): void {
  model.forEachHuge(start, end, (huge) => {
    huge.write = huge.shared && vma.pageProt.access === 'rw';
  });
  model.forEachEntry(start, end, (entry) => {
    if (!isPresent(entry)) return;
    const allowed = entry.kind !== 'zero' && vma.pageProt.access === 'rw';
    entry.write = allowed || (tryWritable && upgradable(vma, entry));
  });
}

export function mremap(model: Model, step: MremapStep): number {
  const fixed = step.newAddr !== undefined;
  const mayMove = fixed || (step.mayMove ?? false);
  const dontUnmap = step.dontunmap ?? false;
  if (dontUnmap && (!mayMove || step.len !== step.newLen)) throw new Errno('EINVAL');
  if (unaligned(step.addr)) throw new Errno('EINVAL');
  const oldLength = roundUp(step.len);
  const newLength = roundUp(step.newLen);
  if (newLength === 0n) throw new Errno('EINVAL');
  const vma = step.addr < SIZE_MAX ? vmaAt(model.current, pageOf(step.addr)) : undefined;
  if (!vma) throw new Errno('EFAULT');
  if (fixed || dontUnmap) return mremapTo(model, step, oldLength, newLength);
  const start = pageOf(step.addr);
  if (oldLength >= newLength) {
    if (oldLength > newLength) munmap(model, { addr: step.addr + newLength, len: oldLength - newLength });
    return addressOf(start);
  }
  resizable(vma, start, oldLength, newLength, dontUnmap);
  const oldEnd = start + pageOf(oldLength);
  const newEnd = start + pageOf(newLength);
  if (oldEnd === vma.end && expandable(model, vma, newEnd)) {
    const grown = merge(model, vma, oldEnd, newEnd, vma, vma.anonVma, vma.pgoff + (oldEnd - vma.start));
    if (!grown) throw new Errno('ENOMEM');
    return addressOf(start);
  }
  if (!mayMove) throw new Errno('ENOMEM');
  if (newLength > userBytes(model)) throw new Errno('ENOMEM');
  const target = pageOf(place(model, 0n, newLength, 'hint'));
  return move(model, vma, start, pageOf(oldLength), target, pageOf(newLength), false);
}

function mremapTo(model: Model, step: MremapStep, oldLength: bigint, newLength: bigint): number {
  const dontUnmap = step.dontunmap ?? false;
  const to = step.newAddr ?? 0n;
  if (unaligned(to) || newLength > userBytes(model) || to > userBytes(model) - newLength)
    throw new Errno('EINVAL');
  if ((step.addr + oldLength) % SIZE_MAX > to && to + newLength > step.addr) throw new Errno('EINVAL');
  if (model.current.vmas.length + 2 >= model.machine.maxMapCount - 3) throw new Errno('ENOMEM');
  if (step.newAddr !== undefined) munmap(model, { addr: to, len: newLength });
  let length = oldLength;
  if (oldLength > newLength) {
    munmap(model, { addr: step.addr + newLength, len: oldLength - newLength });
    length = newLength;
  }
  const start = pageOf(step.addr);
  const vma = vmaAt(model.current, start);
  if (!vma) throw new Errno('EFAULT');
  resizable(vma, start, length, newLength, dontUnmap);
  const target = pageOf(step.newAddr ?? place(model, 0n, newLength, 'hint'));
  return move(model, vma, start, pageOf(length), target, pageOf(newLength), dontUnmap);
}

/** vma_to_resize: whether this part of the VMA may change its size. */
function resizable(vma: Vma, start: number, oldLength: bigint, newLength: bigint, dontUnmap: boolean): void {
  if (oldLength === 0n && !vma.shared) throw new Errno('EINVAL');
  if (dontUnmap && vma.device) throw new Errno('EINVAL');
  if (oldLength > BigInt(vma.end - start) * PAGE) throw new Errno('EFAULT');
  if (oldLength === newLength) return;
  if (vma.device) throw new Errno('EFAULT');
}

function expandable(model: Model, vma: Vma, end: number): boolean {
  const next = vmaAfter(model.current, vma.end);
  return end <= userPages(model) && (!next || next.start >= end);
}

/** move_vma with copy_vma: a VMA at the new place (perhaps merged), the entries moved, the old place unmapped. */
function move(
  model: Model,
  source: Vma,
  from: number,
  oldPages: number,
  to: number,
  newPages: number,
  dontUnmap: boolean,
): number {
  if (model.current.vmas.length >= model.machine.maxMapCount - 3) throw new Errno('ENOMEM');
  let pgoff = source.pgoff + (from - source.start);
  if (source.backing === null && !source.device && source.anonVma === null) pgoff = to;
  const prev = model.current.vmas.findLast((vma) => vma.start < to);
  let vma = source;
  // With MREMAP_DONTUNMAP the new place never merges with the old one, as Linux 6.1.192 shows.
  const apart = dontUnmap ? source : undefined;
  let target = merge(model, prev, to, to + newPages, source, source.anonVma, pgoff, apart);
  if (!target) {
    target = { ...source, start: to, end: to + newPages, pgoff };
    insert(model.current, target);
  } else if (!model.current.vmas.includes(source)) vma = target;
  moveEntries(model, from, oldPages, to, vma.uffd);
  if (target.uffd) {
    // The new place is not registered, whatever it was merged into.
    target.uffd = false;
    if (target.shared) setPageProt(target);
  }
  if (dontUnmap) {
    if (vma !== target && vma.start === from && vma.end === from + oldPages) {
      vma.anonVma = null;
      vma.chain = 0;
    }
    return addressOf(to);
  }
  unmap(model, from, from + oldPages);
  return addressOf(to);
}

export function brk(model: Model, step: BrkStep): number {
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

function extendHeap(model: Model, start: number, end: number): void {
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
export function truncate(model: Model, length: bigint): number {
  const pages = pageOf(roundUp(length));
  if (length >= 2n ** 63n) throw new Errno('EINVAL');
  const file = model.file;
  for (const index of [...file.cache.keys()]) if (index >= pages) file.cache.delete(index);
  for (const part of [...file.compound]) if ((part + 1) * 512 > pages) file.compound.delete(part);
  for (const process of model.alive()) {
    for (const vma of process.vmas) {
      if (vma.backing !== file) continue;
      const first = vma.start + Math.max(0, pages - vma.pgoff);
      model.zapFile(process, first, vma.end);
    }
  }
  file.pages = pages;
  return 0;
}
