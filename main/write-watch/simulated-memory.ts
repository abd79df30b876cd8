import { InspectorError } from '#shared/contract/errors.ts';
import { errnoName } from '../simulated/mm/errno.ts';
import { VM_READ, VM_WRITE } from '../simulated/mm/vma-flags.ts';
import type { SimulatedProcess } from '../simulated/process.ts';
import { findFree } from '../simulated/syscalls/mmap.ts';
import type { ProgramMemory } from './virtual-memory.ts';
import { PAGE, type PageProtection } from './windows.ts';

const RIGHTS: Readonly<Record<PageProtection, number>> = {
  [PAGE.NOACCESS]: 0,
  [PAGE.READONLY]: VM_READ,
  [PAGE.READWRITE]: VM_READ | VM_WRITE,
};

/** The memory of a simulated process. */
export class SimulatedMemory implements ProgramMemory {
  private readonly process: SimulatedProcess;

  constructor(process: SimulatedProcess) {
    this.process = process;
  }

  async map(pages: number, protection: PageProtection): Promise<number> {
    // A free page on both sides: VMAs that do not touch cannot merge.
    const page = checked('mmap', findFree(this.process.mm, pages + 2)) + 1;
    const rights = RIGHTS[protection];
    checked('mmap', this.process.mmap({ page, pages, rights, kind: 'anon-private' }));
    checked('madvise', this.process.madvise(page, pages, 'nohugepage'));
    return page;
  }

  async protect(start: number, pages: number, protection: PageProtection): Promise<void> {
    checked('mprotect', this.process.mprotect(start, pages, RIGHTS[protection]));
  }

  async discard(start: number, pages: number): Promise<void> {
    checked('madvise', this.process.madvise(start, pages, 'dontneed'));
  }

  async unmap(start: number, pages: number): Promise<void> {
    checked('munmap', this.process.munmap(start, pages));
  }
}

function checked(name: string, result: number): number {
  if (result < 0) throw new InspectorError('internal', `${name} failed with ${errnoName(result)}.`);
  return result;
}
