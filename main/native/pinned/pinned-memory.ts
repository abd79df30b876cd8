import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import * as notices from '../notices.ts';
import { readProc } from '../process/proc-files.ts';
import { statusField } from '../process/status.ts';
import { RegisteredBuffers } from './registered-buffers.ts';

/** Interval of reading the program's descriptors, in milliseconds. */
const POLL_MS = 1000;
/** Poll interval while an io_uring is too busy to list its buffers. */
const BUSY_POLL_MS = 50;
/** How long a busy io_uring is read before its buffers are reported as unknown. */
const PATIENCE_MS = 2000;
/** Maximum share of the time for reading. */
const MAX_SHARE = 0.01;

/**
 * Memory that the kernel or a device may write to without a fault, since its pages are pinned: buffers registered with
 * io_uring, known to the page, and memory pinned by others (RDMA, vfio), of which only the amount is known.
 */
export class PinnedMemory {
  private readonly pid: number;
  private readonly registered: RegisteredBuffers;
  private buffers: readonly PageRange[] = [];
  private key = '';
  private nextPoll = 0;
  private given: readonly Vma[] = [];
  private marked: readonly Vma[] = [];
  private markedKey = '';
  private noticed = false;
  private nextNotice = 0;
  /** An io_uring does not list its buffers. */
  private unknownSince: number | null = null;

  constructor(pid: number) {
    this.pid = pid;
    this.registered = new RegisteredBuffers(pid);
  }

  /** `vmas` with those marked that hold pinned buffers; the same array object while nothing changes. */
  mark(vmas: readonly Vma[]): readonly Vma[] {
    const now = performance.now();
    if (now >= this.nextPoll) this.poll(now);
    if (vmas === this.given && this.key === this.markedKey) return this.marked;
    this.given = vmas;
    this.markedKey = this.key;
    this.marked = this.buffers.length === 0 ? vmas : vmas.map((vma) => this.markOne(vma));
    return this.marked;
  }

  /** Reported once: pages are pinned at unknown addresses. */
  notice(): string | null {
    const now = performance.now();
    if (this.noticed || this.buffers.length > 0 || now < this.nextNotice) return null;
    this.nextNotice = now + POLL_MS;
    if (this.unknownSince !== null && now - this.unknownSince < PATIENCE_MS) return null;
    const kilobytes = Number.parseInt(statusField(readProc(this.pid, 'status') ?? '', 'VmPin'), 10) || 0;
    if (kilobytes === 0) return null;
    this.noticed = true;
    return notices.pinned(kilobytes);
  }

  private markOne(vma: Vma): Vma {
    if (!vma.tracked) return vma;
    let pages = 0;
    for (const { start, end } of this.buffers) {
      pages += Math.max(0, Math.min(end, vma.end) - Math.max(start, vma.start));
    }
    return pages === 0 ? vma : { ...vma, tracking: 'pinned', reason: notices.pinnedBuffers(pages) };
  }

  private poll(now: number): void {
    this.buffers = this.registered.poll();
    this.key = this.buffers.map(({ start, end }) => `${start}-${end}`).join();
    const { unknown } = this.registered;
    if (!unknown) this.unknownSince = null;
    else this.unknownSince ??= now;
    const cost = performance.now() - now;
    this.nextPoll = now + Math.max(unknown ? BUSY_POLL_MS : POLL_MS, cost / MAX_SHARE);
  }
}
