/**
 * The reference model: test support, compared with the engine step by step; nothing in the program runs on it. It is the
 * numbered rules of scenarios/fixtures/README.md and the kernel's own steps, written so that each can be checked against
 * them by reading: pages are objects in a map, VMAs a sorted list. It has no mode `posted`.
 */
import type { Executor, Step, StepResult } from '../../scenarios/steps.ts';
import { pageOf } from './addresses.ts';
import { clearRefs, ioctl } from './clear.ts';
import { access } from './faults.ts';
import { khugepaged, madvise } from './madvise.ts';
import { brk, mmap, munmap, truncate } from './mmap.ts';
import { ModelState } from './model-state.ts';
import { mprotect } from './mprotect.ts';
import { mremap } from './mremap.ts';
import { pagemapScan } from './pagemap-scan.ts';
import { exit, fork, migrate, pin, reclaim, unpin } from './reclaim.ts';
import { Errno, Signal } from './state.ts';
import { registerUffd, unregisterUffd, writeProtectUffd } from './uffd.ts';
import { hugepages, pagemap, ptes, vmas } from './views.ts';

const MAX_PROCESSES = 64;

export class Model extends ModelState implements Executor {
  execute(step: Step): StepResult {
    try {
      return this.run(step);
    } catch (error) {
      if (error instanceof Errno) return { errno: error.message };
      throw error;
    }
  }

  private run(step: Step): StepResult {
    switch (step.op) {
      case 'mmap':
        return { ret: mmap(this, step) };
      case 'munmap':
        return { ret: munmap(this, step) };
      case 'mprotect':
        return { ret: mprotect(this, step) };
      case 'mremap':
        return { ret: mremap(this, step) };
      case 'brk':
        return { ret: brk(this, step) };
      case 'madvise':
        return { ret: madvise(this, step) };
      case 'read':
      case 'write':
        return this.accessAll(step.addr, step.len, step.op === 'write');
      case 'clear_refs':
        return { ret: clearRefs(this, step) };
      case 'fork':
        return this.forkOnce();
      case 'switch':
        return this.switchTo(step.process);
      case 'exit':
        this.current = exit(this);
        return { ret: this.current.number };
      case 'ioctl':
        return ioctl(this, step);
      case 'pagemap':
        return pagemap(this, step);
      case 'vmas':
        return { ret: 0, vmas: vmas(this) };
      case 'ptes':
        return { ret: 0, ptes: ptes(this) };
      case 'hugepages':
        return { ret: 0, huge: hugepages(this) };
      case 'truncate':
        return { ret: truncate(this, step.len) };
      case 'khugepaged':
        return { ret: khugepaged(this) };
      case 'pagemap_scan':
        return pagemapScan(this, step);
      case 'uffd_register':
        return { ret: registerUffd(this, step) };
      case 'uffd_unregister':
        return { ret: unregisterUffd(this, step) };
      case 'uffd_writeprotect':
        return { ret: writeProtectUffd(this, step) };
      case 'pin':
      case 'unpin':
      case 'reclaim':
      case 'migrate': {
        const actions = { pin, unpin, reclaim, migrate };
        const start = pageOf(step.addr);
        return { ret: actions[step.op](this, start, pageOf(step.addr + step.len + 4095n)) };
      }
    }
  }

  private accessAll(addr: bigint, len: bigint, write: boolean): StepResult {
    const first = pageOf(addr);
    const end = len === 0n ? first : pageOf(addr + len - 1n) + 1;
    for (let page = first; page < end; page++) {
      try {
        access(this, page, write);
      } catch (error) {
        if (error instanceof Signal) return { signal: error.signal, page: page - first };
        throw error;
      }
    }
    return { ret: 0 };
  }

  private forkOnce(): StepResult {
    if (this.alive().length >= MAX_PROCESSES) return { errno: 'EAGAIN' };
    this.current = fork(this);
    return { ret: 0 };
  }

  private switchTo(number: number): StepResult {
    const process = this.processes[number];
    if (!process?.alive) return { errno: 'ESRCH' };
    this.current = process;
    return { ret: number };
  }
}
