import { access } from './fault/access.ts';
import type { AccessResult } from './fault/access-check.ts';
import type { MmStruct } from './mm/mm-struct.ts';
import { clearRefs } from './soft-dirty/clear-refs.ts';
import { setBreak } from './syscalls/brk.ts';
import { exitProcess, fork } from './syscalls/fork.ts';
import { madvise, type Advice } from './syscalls/madvise.ts';
import { mmap, type MapRequest } from './syscalls/mmap.ts';
import { mprotect } from './syscalls/mprotect.ts';
import { mremap, type RemapRequest } from './syscalls/mremap.ts';
import { munmap } from './syscalls/munmap.ts';

const processes = new WeakMap<MmStruct, SimulatedProcess>();

/**
 * One process of a simulated machine as its program sees it: accesses and system calls.
 * Addresses and lengths are pages; lengths may be as long as the address space. Calls return what the kernel returns:
 * 0 or more, or a negative error number of mm/errno.ts.
 */
export class SimulatedProcess {
  readonly mm: MmStruct;

  private constructor(mm: MmStruct) {
    this.mm = mm;
  }

  /** The process of an address space: always the same object. */
  static of(mm: MmStruct): SimulatedProcess {
    let process = processes.get(mm);
    if (process === undefined) processes.set(mm, (process = new SimulatedProcess(mm)));
    return process;
  }

  get id(): number {
    return this.mm.id;
  }

  get parent(): SimulatedProcess | null {
    return this.mm.parent === null ? null : SimulatedProcess.of(this.mm.parent);
  }

  get alive(): boolean {
    return this.mm.alive;
  }

  /** Maps new memory: {@link mmap}. */
  mmap(request: MapRequest): number {
    return this.mm.call('mmap', { ...request }, () => mmap(this.mm, request));
  }

  /** Unmaps whole pages; holes are not an error. EINVAL: empty range or beyond the address space. */
  munmap(page: number, pages: number): number {
    return this.mm.call('munmap', { page, pages }, () => munmap(this.mm, page, pages));
  }

  /** Changes access rights: VM_READ | VM_WRITE | VM_EXEC. ENOMEM at the first hole; what is before it is changed. */
  mprotect(page: number, pages: number, rights: number): number {
    return this.mm.call('mprotect', { page, pages, rights }, () => mprotect(this.mm, page, pages, rights));
  }

  /** Moves, grows or shrinks memory: {@link mremap}. */
  mremap(request: RemapRequest): number {
    return this.mm.call('mremap', { ...request }, () => mremap(this.mm, request));
  }

  /** The brk system call, in bytes: returns the break after it. */
  setBreak(address: number): number {
    return this.mm.call('brk', { address }, () => setBreak(this.mm, address));
  }

  /** Gives advice on whole pages: {@link madvise}. */
  madvise(page: number, pages: number, advice: Advice): number {
    return this.mm.call('madvise', { page, pages, advice }, () => madvise(this.mm, page, pages, advice));
  }

  /** Reads one byte of every page, ascending; stops at the first access that raises a signal. */
  read(page: number, pages = 1): AccessResult {
    return access(this.mm, page, page + pages, false);
  }

  /** Writes one byte of every page, ascending; stops at the first access that raises a signal. */
  write(page: number, pages = 1): AccessResult {
    return access(this.mm, page, page + pages, true);
  }

  /** Writes to /proc/PID/clear_refs. */
  clearRefs(value = 4): number {
    return this.mm.call('clear_refs', { value }, () => clearRefs(this.mm, value));
  }

  /** A child with the same memory, copied on write; EAGAIN: too many processes, ENOMEM: no room. */
  fork(): SimulatedProcess | number {
    let made: MmStruct | number = 0;
    const result = this.mm.call('fork', {}, () => {
      made = fork(this.mm);
      return typeof made === 'number' ? made : made.id;
    });
    return result < 0 ? result : SimulatedProcess.of(this.mm.mmlist[result]);
  }

  /** The process ends; all its memory goes. */
  exit(): void {
    this.mm.call('exit', {}, () => {
      exitProcess(this.mm);
      return 0;
    });
  }
}
