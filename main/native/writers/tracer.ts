import type { PageRange } from '#shared/memory/range.ts';
import { ArmedMemory } from './armed-memory.ts';
import { Budget, type WriterBounds } from './budget.ts';
import { pageOfAddress } from '#shared/memory/page.ts';
import { StackCopier, type StackCopy } from './registers.ts';
import type { SyncUserfault, WaitingThread } from './sync-userfault.ts';
import { type ThreadPlace, ThreadPlaces } from './thread-state.ts';
import { SYS } from '../syscalls/constants.ts';

export interface TracerOptions extends WriterBounds {
  readonly pid: number;
  /** Ascending, without overlap. */
  readonly ranges: readonly PageRange[];
  /** How often all pages are armed again, in milliseconds. */
  readonly intervalMs: number;
  readonly stacks: boolean;
}

/** The first write to a page since it was armed. */
export interface FirstWrite {
  readonly address: bigint;
  /** 0: a thread of another process, such as of process_vm_writev. */
  readonly tid: number;
  /** The writing instruction, or the one after the system call that wrote; null if it is not known. */
  readonly instruction: bigint | null;
  /** Whether the kernel wrote, in a system call. */
  readonly inCall: boolean;
  readonly stack: StackCopy | null;
  /** performance.now() of this process, plus performance.timeOrigin. */
  readonly timeMs: number;
}

/** Largest copy of a stack, in bytes. */
const STACK_BYTES = 32 * 1024;
/** The time for arming is at most this share of an interval, which is longer if there is much to arm. */
const MAX_ARMING_SHARE = 0.05;
/** How often mappings are read again, in milliseconds. */
const MAPPINGS_MS = 1000;

/** For this long, pages that were shown are left out if intervals are cut short. */
const MAX_COVERING_MS = 2000;

/** Operations of futex(2) on PI mutexes, in which the kernel writes to the word; on an armed page they fail at times. */
const FUTEX_PI = new Set([6, 7, 8, 11, 12, 13]);
const FUTEX_COMMAND = 0x7fn;

/** A write that was read and whose thread is not released yet. */
interface Waiting extends WaitingThread {
  readonly sinceMs: number;
}

/**
 * Finds the first writer of each page, interval by interval. All of it is synchronous: a thread of the program waits from its write to
 * `release`. Whoever calls `handle` must do so as soon as the descriptor is readable.
 */
export class WriterTracer {
  readonly memory: ArmedMemory;
  readonly budget: Budget;
  private readonly options: TracerOptions;
  private readonly userfault: SyncUserfault;
  private readonly places: ThreadPlaces;
  private readonly stacks: StackCopier | null;
  private readonly known = new Set<number>();
  private readonly seen = new Set<number>();
  /** Pages shown since the last interval that was not cut short. */
  private readonly covered = new Set<number>();
  private coveredUntil = 0;
  private queue: Waiting[] = [];
  private armed = false;
  private lookedAt = -Infinity;
  private lastEmptyMs = performance.now();
  /** When the next interval begins. */
  nextMs = 0;
  /** Intervals that ended before their time, because the bounds were reached. */
  pauses = 0;

  /** Arms nothing yet; `close` closes `userfault`. */
  constructor(userfault: SyncUserfault, pagemapFd: number, options: TracerOptions) {
    this.options = options;
    this.userfault = userfault;
    this.memory = new ArmedMemory(options.pid, this.userfault, pagemapFd, options.ranges);
    this.budget = new Budget(options);
    this.places = new ThreadPlaces(options.pid);
    this.stacks = options.stacks ? new StackCopier(options.pid, STACK_BYTES) : null;
  }

  get fd(): number {
    return this.userfault.fd;
  }

  /** Begins an interval: arms what was released. Returns whether anything is armed. */
  begin(): boolean {
    const { memory } = this;
    let all = !this.armed;
    const now = performance.now();
    if (now - this.lookedAt >= MAPPINGS_MS) {
      this.lookedAt = now;
      memory.refresh();
      all = true;
    }
    this.spare();
    const begin = performance.now();
    // An interval that was cut short leaves the pages that are written last: the next one continues with these.
    if (this.armed || now >= this.coveredUntil) this.covered.clear();
    if (this.covered.size === 0) this.coveredUntil = now + MAX_COVERING_MS;
    if (all) memory.arm(this.covered);
    else memory.armReleased();
    this.seen.clear();
    this.armed = true;
    const end = performance.now();
    const intervalMs = Math.max(this.options.intervalMs, (end - begin) / MAX_ARMING_SHARE);
    this.nextMs = end + intervalMs;
    this.budget.begin(intervalMs);
    return memory.armedPages > 0;
  }

  /** Takes the threads that wait, releases them, and passes on what they wrote. `wokenMs`: since when they can have waited. */
  handle(visit: (write: FirstWrite) => void, wokenMs?: number): void {
    this.take(wokenMs ?? this.lastEmptyMs);
    while (this.queue.length > 0) {
      const batch = latestOfEach(this.queue);
      this.queue = [];
      const found = batch.map((waiting) => this.read(waiting));
      // A signal handler may have run since the message: then the thread waits again elsewhere, and its place is the
      // new one.
      this.take(this.lastEmptyMs);
      const again = new Set(this.queue.map(({ tid }) => tid));
      for (const write of found) if (!again.has(write.waiting.tid)) this.finish(write, visit);
      if (this.armed && this.budget.isSpent) this.pause();
    }
  }

  /** Whether a thread is still to be resumed: to be called again within a millisecond. */
  isResuming(): boolean {
    return this.stacks?.isResuming() ?? false;
  }

  /** Releases everything, so that the program runs at full speed until the next interval. */
  pause(): void {
    this.pauses++;
    this.armed = false;
    this.memory.disarm(() => this.releaseWaiting());
  }

  /** Gives everything back. No thread waits after this. */
  close(): void {
    try {
      this.memory.close(() => this.releaseWaiting());
    } finally {
      // Whatever is left is released by the kernel.
      this.userfault.close();
      this.places.close();
    }
  }

  private take(sinceMs: number): void {
    const read = this.userfault.read();
    for (const waiting of read) this.queue.push({ ...waiting, sinceMs });
    if (read.length === 0 || sinceMs !== this.lastEmptyMs) this.lastEmptyMs = performance.now();
  }

  private read(waiting: Waiting): Found {
    const tid = this.places.outerId(waiting.tid);
    const place = tid === 0 ? null : this.places.place(tid, true);
    if (place !== null && this.memory.at(Number(place.stackPointer >> 12n)) && !this.known.has(tid)) {
      this.known.add(tid);
      this.memory.excludeThread(place.stackPointer);
    }
    const isNew = !this.seen.has(pageOfAddress(waiting.address));
    const stack = this.stacks && place && isNew ? this.stacks.copy(tid, place) : null;
    return { waiting, tid: place === null ? 0 : tid, place, stack };
  }

  private finish({ waiting, tid, place, stack }: Found, visit: (write: FirstWrite) => void): void {
    const { address } = waiting;
    const page = pageOfAddress(address);
    this.memory.release(page);
    const now = performance.now();
    this.budget.add(waiting.tid, now - waiting.sinceMs);
    if (this.seen.has(page)) return;
    this.seen.add(page);
    this.covered.add(page);
    visit({
      address,
      tid,
      instruction: place?.instruction ?? null,
      inCall: place !== null && place.call >= 0,
      stack,
      timeMs: performance.timeOrigin + now,
    });
  }

  private releaseWaiting(): void {
    for (const { address } of [...this.queue, ...this.userfault.read()])
      this.memory.release(pageOfAddress(address));
    this.queue = [];
  }

  /** Keeps out of the armed memory what must not be in it: control blocks of new threads, words of PI mutexes that are waited for. */
  private spare(): void {
    const tids = this.places.threads();
    for (const tid of tids) {
      const place = this.places.place(tid);
      // The thread runs; its place is known at its first write to armed memory.
      if (place === null) continue;
      const [word, operation] = place.arguments;
      if (place.call === SYS.futex && FUTEX_PI.has(Number(operation & FUTEX_COMMAND))) {
        const page = pageOfAddress(word);
        this.memory.exclude([{ start: page, end: page + 1 }]);
      }
      if (this.known.has(tid)) continue;
      this.known.add(tid);
      this.memory.excludeThread(place.stackPointer);
    }
    const present = new Set(tids);
    for (const tid of this.known) if (!present.has(tid)) this.known.delete(tid);
  }
}

interface Found {
  readonly waiting: Waiting;
  readonly tid: number;
  readonly place: ThreadPlace | null;
  readonly stack: StackCopy | null;
}

/** The last message of each thread: it can wait in one place only. */
function latestOfEach(queue: readonly Waiting[]): Waiting[] {
  const last = new Map(queue.map((waiting) => [waiting.tid, waiting]));
  return queue.filter((waiting) => last.get(waiting.tid) === waiting);
}
