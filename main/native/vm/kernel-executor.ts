import { closeSync } from 'node:fs';
import { PAGE_SIZE, addressOfPage, formatPage, pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { vmaPermissions } from '#shared/memory/vma.ts';
import {
  FILE_BASE,
  type Advice,
  type Executor,
  type PagemapRun,
  type Step,
  type StepResult,
  type VmaView,
  type StepOf,
} from '../../scenarios/steps.ts';
import { parseMapsLine } from '../process/maps.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { errnoName } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { load, store } from '../testing/own-bytes.ts';
import { clearSoftDirty, entries, vmas, vmasText } from './own-memory.ts';

/** asm/unistd_64.h, linux/mman.h */
const [MPROTECT, FTRUNCATE, MEMFD_CREATE] = [10, 77, 319];
const [MAP_FIXED_NOREPLACE, MREMAP_FIXED] = [0x100000, 2];
const ADVICE: Partial<Record<Advice, number>> = {
  dontneed: 4,
  free: 8,
  hugepage: 14,
  nohugepage: 15,
  populate_read: 22,
  populate_write: 23,
  collapse: 25,
};
/** Larger than any mapping of an arena. */
const FILE_BYTES = 2 ** 32;

/**
 * Runs the steps of a scenario on this process, in an arena that nothing else is mapped in: what the kernel
 * itself returns. Only steps that a program can do to itself.
 */
export class KernelExecutor implements Executor {
  private readonly arena: PageRange;
  private readonly file: number;

  constructor(arena: PageRange) {
    this.arena = arena;
    if (vmas(arena.start, arena.end - arena.start).length > 0) throw new Error('The arena is in use.');
    const name = new NativeBuffer(8);
    this.file = call('memfd_create', MEMFD_CREATE, name.address, 0);
    call('ftruncate', FTRUNCATE, this.file, FILE_BYTES);
  }

  /** Unmaps everything. */
  close(): void {
    const { start, end } = this.arena;
    call('munmap', SYS.munmap, addressOfPage(start), BigInt(end - start) * BigInt(PAGE_SIZE));
    closeSync(this.file);
  }

  execute(step: Step): StepResult {
    switch (step.op) {
      case 'mmap':
        return this.mmap(step);
      case 'munmap':
        return result(tryCall(SYS.munmap, step.addr, step.len));
      case 'mprotect':
        return result(tryCall(MPROTECT, step.addr, step.len, rights(step.prot)));
      case 'mremap': {
        const fixed = step.newAddr === undefined ? 0 : MMAP.MREMAP_MAYMOVE | MREMAP_FIXED;
        return result(tryCall(SYS.mremap, step.addr, step.len, step.newLen, fixed, step.newAddr ?? 0));
      }
      case 'madvise': {
        const advice = ADVICE[step.advice];
        if (advice === undefined) break;
        return result(tryCall(SYS.madvise, step.addr, step.len, advice));
      }
      case 'read':
      case 'write':
        return access(step);
      case 'clear_refs':
        if ((step.value ?? 4) !== 4) break;
        clearSoftDirty();
        return { ret: 0 };
      case 'pagemap':
        return pagemap(pageOfAddress(step.addr), pagesOfBytes(step.len));
      case 'vmas':
        return { ret: 0, vmas: this.views() };
      default:
    }
    throw new Error(`This process cannot do ${step.op}.`);
  }

  private mmap({ addr, len, prot, kind, place, offset }: StepOf<'mmap'>): StepResult {
    const shared = kind === 'anon-shared' || kind === 'file-shared';
    const anonymous = kind === 'anon-private' || kind === 'anon-shared';
    const flags =
      (shared ? MMAP.MAP_SHARED : MMAP.MAP_PRIVATE) |
      (anonymous ? MMAP.MAP_ANONYMOUS : 0) |
      (place === 'fixed' ? MMAP.MAP_FIXED : MAP_FIXED_NOREPLACE);
    const at = anonymous ? 0n : (offset ?? addr - FILE_BASE);
    return result(tryCall(SYS.mmap, addr, len, rights(prot), flags, anonymous ? -1 : this.file, at));
  }

  /** VMAs of the arena with VM_SOFTDIRTY, which only smaps shows. */
  views(): VmaView[] {
    const found: VmaView[] = [];
    let inside = false;
    let anonHugeKb = 0;
    for (const line of vmasText('smaps', this.arena.end).split('\n')) {
      if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) {
        const vma = parseMapsLine(line);
        inside = vma.end > this.arena.start;
        const { start, end } = { start: formatPage(vma.start), end: formatPage(vma.end) };
        if (inside)
          found.push({ start, end, perms: vmaPermissions(vma), sd: false, anonHugeKb: 0, flags: '' });
      } else if (inside && line.startsWith('AnonHugePages:')) {
        anonHugeKb = Number.parseInt(line.slice(14), 10);
      } else if (inside && line.startsWith('VmFlags:')) {
        const flags = line.slice(8).trim();
        const sd = flags.split(' ').includes('sd');
        found.push({ ...(found.pop() as VmaView), sd, anonHugeKb, flags });
      }
    }
    return found;
  }
}

function result(value: number): StepResult {
  return value < 0 && value >= -4095 ? { errno: errnoName(-value) } : { ret: value };
}

function rights(text: string): number {
  return (
    (text.includes('r') ? MMAP.PROT_READ : 0) |
    (text.includes('w') ? MMAP.PROT_WRITE : 0) |
    (text.includes('x') ? MMAP.PROT_EXEC : 0)
  );
}

/** By the processor; an access that the rights forbid is reported instead of done. */
function access({ op, addr, len }: StepOf<'read' | 'write'>): StepResult {
  const first = pageOfAddress(addr);
  const end = pagesOfBytes(addr + len);
  const allowed = vmas(first, end - first).filter((vma) =>
    op === 'write' ? vma.write : vma.read || vma.write || vma.exec,
  );
  for (let page = first; page < end; page++) {
    if (!allowed.some((vma) => vma.start <= page && page < vma.end)) {
      return { signal: 'SIGSEGV', page: page - first };
    }
    if (op === 'write') store(page * PAGE_SIZE, 1);
    else load(page * PAGE_SIZE);
  }
  return { ret: 0 };
}

/** Upper half of an entry (Documentation/admin-guide/mm/pagemap.rst); the lower one is the page's place in memory. */
const BIT = {
  softDirty: 1 << 23,
  exclusive: 1 << 24,
  fileOrShared: 1 << 29,
  swapped: 1 << 30,
  present: 1 << 31,
};
const SHOWN = Object.values(BIT).reduce((all, bit) => all | bit);

/** Runs of equal entries, as scenarios list them. */
function pagemap(start: number, pages: number): StepResult {
  const halves = new Uint32Array(entries(start, pages).buffer);
  const runs: PagemapRun[] = [];
  for (let page = 0; page < pages;) {
    const bits = halves[page * 2 + 1] & SHOWN;
    let end = page + 1;
    while (end < pages && (halves[end * 2 + 1] & SHOWN) === bits) end++;
    runs.push({
      page,
      count: end - page,
      present: (bits & BIT.present) !== 0,
      softDirty: (bits & BIT.softDirty) !== 0,
      swapped: (bits & BIT.swapped) !== 0,
      fileOrShared: (bits & BIT.fileOrShared) !== 0,
      exclusive: (bits & BIT.exclusive) !== 0,
    });
    page = end;
  }
  return { ret: pages, runs };
}
