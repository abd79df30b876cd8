import { closeSync, openSync, readSync } from 'node:fs';
import { memoryThread, readStatus } from './status.ts';

/** The address space that a process has now: it is gone when the process ends or calls exec. */
export class AddressSpace {
  private readonly pid: number;
  /** Its page map, which stays that of this address space. */
  readonly pagemap: number;
  private readonly entry = Buffer.alloc(8);
  private open = true;

  /** Throws if the page map may not be opened (PTRACE_MODE_READ). */
  constructor(pid: number) {
    this.pid = pid;
    this.pagemap = openSync(`/proc/${memoryThread(pid)}/pagemap`, 'r');
  }

  /** Why it is gone; null while the program lives in it. */
  end(): 'exit' | 'exec' | null {
    if (this.exists()) return null;
    // Threads that are ending have no memory; if a thread has some, it is a new address space.
    return readStatus(memoryThread(this.pid))?.hasMemory === true ? 'exec' : 'exit';
  }

  close(): void {
    if (this.open) closeSync(this.pagemap);
    this.open = false;
  }

  private exists(): boolean {
    try {
      return readSync(this.pagemap, this.entry, 0, 8, 0) === 8;
    } catch {
      return false;
    }
  }
}
