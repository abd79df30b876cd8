import { PAGE_SIZE } from '#shared/memory/page.ts';
import { access, type AccessResult } from './fault/access.ts';
import { setBreak } from './syscalls/brk.ts';
import { clearRefs } from './soft-dirty/clear-refs.ts';
import type { CallArguments } from './events/events.ts';
import { exitProcess, fork } from './syscalls/fork.ts';
import { splitHuge } from './mapping/huge.ts';
import type { Journal } from './events/emitter.ts';
import type { Machine } from './machine.ts';
import { madvise, type Advice } from './syscalls/madvise.ts';
import { mmap, type MapRequest } from './syscalls/mmap.ts';
import { mprotect } from './syscalls/mprotect.ts';
import { mremap, type RemapRequest } from './syscalls/mremap.ts';
import { munmap } from './syscalls/munmap.ts';
import { Tlb } from './mm/tlb.ts';
import { PageTable } from './mm/page-table.ts';
import { VmaList } from './mm/vma-list.ts';
import type { Vma } from './mm/vma.ts';

/**
 * One process of a simulated machine: its address space (mm_struct) and the system calls on it.
 * Addresses and lengths are pages; lengths may be as long as the address space. Calls return what the kernel returns:
 * 0 or more, or a negative error number of errno.ts.
 */
export class SimulatedProcess {
  readonly machine: Machine;
  readonly id: number;
  readonly parent: SimulatedProcess | null;
  alive = true;
  readonly journal: Journal;
  readonly vmas: VmaList;
  readonly table: PageTable;
  /** For telling alone: filled while someone listens. */
  readonly tlb = new Tlb();
  /** mm->start_brk and mm->brk, in bytes. */
  readonly heapStart: number;
  brk: number;

  constructor(machine: Machine, id: number, parent: SimulatedProcess | null) {
    this.machine = machine;
    this.id = id;
    this.parent = parent;
    this.journal = machine.journal;
    this.vmas = new VmaList(machine.journal, id);
    this.table = new PageTable(machine.options.la57 ? 5 : 4, machine.journal, id);
    this.heapStart = machine.options.heap;
    this.brk = parent?.brk ?? this.heapStart;
  }

  /** First page of the heap. */
  get heapPage(): number {
    return Math.floor(this.heapStart / PAGE_SIZE);
  }

  /** Maps new memory: {@link mmap}. */
  mmap(request: MapRequest): number {
    return this.call('mmap', { ...request }, () => mmap(this, request));
  }

  /** Unmaps whole pages; holes are no error. EINVAL: empty range or beyond the address space. */
  munmap(page: number, pages: number): number {
    return this.call('munmap', { page, pages }, () => munmap(this, page, pages));
  }

  /** Changes rights: VM_READ | VM_WRITE | VM_EXEC. ENOMEM at the first hole, what lies before it is changed. */
  mprotect(page: number, pages: number, rights: number): number {
    return this.call('mprotect', { page, pages, rights }, () => mprotect(this, page, pages, rights));
  }

  /** Moves, grows or shrinks memory: {@link mremap}. */
  mremap(request: RemapRequest): number {
    return this.call('mremap', { ...request }, () => mremap(this, request));
  }

  /** The brk system call, in bytes: returns the break after it. */
  setBreak(address: number): number {
    return this.call('brk', { address }, () => setBreak(this, address));
  }

  /** Gives advice on whole pages: {@link madvise}. */
  madvise(page: number, pages: number, advice: Advice): number {
    return this.call('madvise', { page, pages, advice }, () => madvise(this, page, pages, advice));
  }

  /** Reads one byte of every page, ascending; stops at the first that faults for good. */
  read(page: number, pages = 1): AccessResult {
    return access(this, page, page + pages, false);
  }

  /** Writes one byte of every page, ascending; stops at the first that faults for good. */
  write(page: number, pages = 1): AccessResult {
    return access(this, page, page + pages, true);
  }

  /** /proc/PID/clear_refs. */
  clearRefs(value = 4): number {
    return this.call('clear_refs', { value }, () => clearRefs(this, value));
  }

  /** A child with the same memory, copied on write; EAGAIN: too many processes, ENOMEM: no room. */
  fork(): SimulatedProcess | number {
    let made: SimulatedProcess | number = 0;
    this.call('fork', {}, () => {
      made = fork(this);
      return typeof made === 'number' ? made : made.id;
    });
    return made;
  }

  /** The process ends; all its memory goes. */
  exit(): void {
    this.call('exit', {}, () => {
      exitProcess(this);
      return 0;
    });
  }

  /** Does a call and tells its beginning and end, where someone listens. */
  call(name: string, args: CallArguments, action: () => number): number {
    if (!this.journal.on) return action();
    this.journal.emit({ type: 'call', process: this.id, name, args });
    const result = action();
    this.journal.emit({ type: 'return', process: this.id, name, result });
    return result;
  }

  /** Splits the huge page of `vma` that `page` lies inside, so that a border can be there. */
  splitHugeAt(vma: Vma, page: number): void {
    const tile = this.table.find(page);
    if (tile !== null && tile.huge !== 0 && tile.base !== page) splitHuge(this, vma, tile);
  }
}
