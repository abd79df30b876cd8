import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import type { HugeRestoration, RestoreProgress } from '#shared/source/huge-restoration.ts';
import { pidfdExited, pidfdOpen } from '../syscalls/calls.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { PagemapScan } from '../tracking/pagemap-scan.ts';
import { tryCollapse } from './collapse.ts';
import { tileState } from './tile-state.ts';

/**
 * Maximum share of a processor's time for collapsing; the program can wait for mmap_lock meanwhile. Time in
 * which a call waits for a processor of its own does not count: nothing is locked then.
 */
const MAX_SHARE = 0.2;
const MIN_PAUSE_MS = 2;
/** How often progress is reported, in milliseconds. */
const REPORT_MS = 200;
/** Tiles checked at once: some microseconds each. */
const TILES_PER_SLICE = 256;

/**
 * Restores huge pages of a process that is no longer tracked: only those that were huge pages while it was tracked and
 * are split now. One range of 2 MiB a call, with pauses.
 */
export class HugePageRestorer implements HugeRestoration {
  readonly pid: number;
  private readonly tiles: readonly number[];
  private readonly pidfd: number;
  private readonly pagemap: PagemapScan;
  private readonly byte = Buffer.alloc(8);
  private readonly left = new Set<number>();
  private open = true;

  /**
   * Must be created while the process is still tracked, so that the address space is the right one.
   * @param tiles that were huge pages
   * @returns null if the process has ended
   */
  static of(pid: number, tiles: Iterable<number>): HugePageRestorer | null {
    let pidfd = -1;
    try {
      pidfd = pidfdOpen(pid);
      return new HugePageRestorer(pid, [...tiles], pidfd, openSync(`/proc/${pid}/pagemap`, 'r'));
    } catch {
      if (pidfd >= 0) closeSync(pidfd);
      return null;
    }
  }

  private constructor(pid: number, tiles: number[], pidfd: number, pagemap: number) {
    this.pid = pid;
    this.tiles = tiles.sort((a, b) => a - b);
    this.pidfd = pidfd;
    this.pagemap = new PagemapScan(pagemap);
  }

  get maxPages(): number {
    return this.tiles.length;
  }

  async run(
    report: (progress: RestoreProgress) => void,
    isCancelled: () => boolean,
  ): Promise<RestoreProgress> {
    const progress = { pid: this.pid, total: 0, restored: 0, failed: 0 };
    try {
      const split = await this.splitTiles();
      if (split === null) return { ...progress, end: 'tracked' };
      progress.total = split.length;
      const end = await this.collapseAll(split, progress, report, isCancelled);
      return { ...progress, end };
    } catch {
      // Reading its pagemap fails only once it is gone.
      return { ...progress, end: 'program-ended' };
    } finally {
      this.close();
    }
  }

  remaining(): readonly number[] {
    return [...this.left];
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.pidfd);
    closeSync(this.pagemap.fd);
  }

  /** Null if they are tracked. */
  private async splitTiles(): Promise<number[] | null> {
    const split: number[] = [];
    for (let i = 0; i < this.tiles.length; i++) {
      if (i % TILES_PER_SLICE === TILES_PER_SLICE - 1) await immediate();
      if (!this.alive()) return [];
      const state = tileState(this.pagemap, this.tiles[i]);
      if (state === 'tracked') return null;
      if (state !== 'split') continue;
      split.push(this.tiles[i]);
      this.left.add(this.tiles[i]);
    }
    return split;
  }

  /** Tries each, and at the end again those that were in use. */
  private async collapseAll(
    split: readonly number[],
    progress: { pid: number; total: number; restored: number; failed: number },
    report: (progress: RestoreProgress) => void,
    isCancelled: () => boolean,
  ): Promise<NonNullable<RestoreProgress['end']>> {
    let reportedAt = -Infinity;
    let queue = split;
    for (let round = 0; round < 2; round++) {
      const later: number[] = [];
      for (const tile of queue) {
        if (isCancelled()) return 'cancelled';
        if (!this.alive()) return 'program-ended';
        if (performance.now() - reportedAt >= REPORT_MS) {
          reportedAt = performance.now();
          report({ ...progress, end: null });
        }
        const state = tileState(this.pagemap, tile);
        if (state === 'tracked') return 'tracked';
        if (state !== 'split') {
          // khugepaged restored it already, or the program changed it meanwhile.
          if (state === 'huge') progress.restored++;
          else progress.total--;
          this.left.delete(tile);
          continue;
        }
        const began = performance.now();
        const before = processorMs();
        const errno = -tryCollapse(this.pidfd, tile);
        const worked = processorMs() - before;
        const took = performance.now() - began;
        if (errno === 0) {
          progress.restored++;
          this.left.delete(tile);
        } else if (errno === ERRNO.ESRCH) return 'program-ended';
        else if (errno === ERRNO.EPERM || errno === ERRNO.EACCES || errno === ERRNO.ENOSYS) return 'refused';
        else if (errno === ERRNO.EINVAL || round > 0) progress.failed++;
        else later.push(tile);
        await sleep(Math.max(MIN_PAUSE_MS, worked / MAX_SHARE - took));
      }
      queue = later;
    }
    if (!this.alive()) return 'program-ended';
    return 'done';
  }

  /** Whether the process still has the same address space. */
  private alive(): boolean {
    try {
      return !pidfdExited(this.pidfd) && readSync(this.pagemap.fd, this.byte, 0, 8, 0) === 8;
    } catch {
      return false;
    }
  }
}

/** Time that this process has spent on processors. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
