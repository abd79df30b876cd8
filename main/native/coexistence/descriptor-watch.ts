import { statSync } from 'node:fs';
import { descriptorsOf, userfaultfdAt, type OwnUserfaultfd } from './userfaultfds.ts';

/** Maximum share of the time for reading all descriptors. */
const MAX_SHARE = 0.01;
/** Maximum time until a descriptor that replaced another is found, share permitting. */
const FULL_SCAN_MS = 250;
/** The kernel gives out the lowest free number: how many are checked when the count changed. */
const FREE_NUMBERS = 8;

/**
 * Notices a userfaultfd that a process opens. Cheap while the number of its descriptors stays: since Linux 6.2 the size
 * of /proc/PID/fd is that number, one stat; before, only the full scans find it.
 */
export class DescriptorWatch {
  private readonly pid: number;
  private readonly folder: string;
  private count = -1;
  /** The lowest numbers that were free at the last full scan. */
  private free: readonly number[] = [];
  private known: ReadonlySet<number> = new Set();
  private nextFullScan = 0;
  private notBefore = 0;

  /** Records the current userfaultfds as known. */
  constructor(pid: number) {
    this.pid = pid;
    this.folder = `/proc/${pid}/fd`;
    this.known = new Set(this.fullScan().map(({ fd }) => fd));
  }

  /** Userfaultfds that the process opened since the last call, among the descriptors checked. */
  poll(now = performance.now()): readonly OwnUserfaultfd[] {
    const count = this.size();
    const changed = count !== this.count;
    this.count = count;
    let found: readonly OwnUserfaultfd[] = [];
    if (now >= this.notBefore && (changed || now >= this.nextFullScan)) {
      found = this.fullScan();
      const fresh = found.filter(({ fd }) => !this.known.has(fd));
      this.known = new Set(found.map(({ fd }) => fd));
      return fresh;
    }
    if (changed) found = this.free.flatMap((fd) => userfaultfdAt(this.pid, fd) ?? []);
    const fresh = found.filter(({ fd }) => !this.known.has(fd));
    if (fresh.length > 0) this.known = new Set([...this.known, ...fresh.map(({ fd }) => fd)]);
    return fresh;
  }

  private fullScan(): OwnUserfaultfd[] {
    const begin = performance.now();
    this.count = this.size();
    const fds = descriptorsOf(this.pid) ?? [];
    this.free = lowestFree(fds);
    const found = fds.flatMap((fd) => userfaultfdAt(this.pid, fd) ?? []);
    const end = performance.now();
    this.notBefore = end + (end - begin) / MAX_SHARE;
    this.nextFullScan = Math.max(this.notBefore, end + FULL_SCAN_MS);
    return found;
  }

  private size(): number {
    try {
      return statSync(this.folder).size;
    } catch {
      return 0;
    }
  }
}

function lowestFree(fds: readonly number[]): number[] {
  const taken = new Set(fds);
  const free: number[] = [];
  for (let fd = 0; free.length < FREE_NUMBERS; fd++) if (!taken.has(fd)) free.push(fd);
  return free;
}
