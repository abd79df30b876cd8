import { closeSync, existsSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { InspectorError } from '#shared/contract/errors.ts';
import { lockProcess } from '../attach/inspector-lock.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { DescriptorWatch } from '../coexistence/descriptor-watch.ts';
import * as errors from '../errors.ts';
import { AddressSpace } from '../process/address-space.ts';
import { memoryThread } from '../process/status.ts';
import { call } from '../syscalls/call.ts';
import { SYS, UFFD } from '../syscalls/constants.ts';
import type { SkippedMapping } from './armed-memory.ts';
import type { FaultThreadData, FaultThreadMessage } from './messages.ts';
import type { FirstWrite, TracerOptions } from './tracer.ts';

/** How often the program's life and its own userfaultfds are checked, in milliseconds. */
const POLL_MS = 10;

/** Why a watch ended by itself: the program ended, called exec, needs userfaultfd itself, or a failure of ours. */
export type WatchEnd = 'exit' | 'exec' | 'userfaultfd' | 'failed';

export interface WriterWatchOptions extends Omit<TracerOptions, 'pid'> {
  onWrites(writes: readonly FirstWrite[]): void;
  /** At most once, and not after `stop`. The program is released then. */
  onEnd(reason: WatchEnd, failure: string | null): void;
  /** The script of the thread; default: the one beside this bundle. */
  readonly script?: string;
}

/**
 * Watches the first writers of pages of a process, interval by interval. A separate thread answers the program's threads; when it,
 * or this process, ends for any reason, the kernel closes the descriptor and every waiting thread continues.
 */
export class WriterWatch {
  /** Armed at the start. */
  pages = 0;
  skipped: readonly SkippedMapping[] = [];
  /** Intervals that were cut short because the bounds were reached. */
  pauses = 0;
  /** Sum of what all threads of the program waited. */
  waitedMs = 0;
  private readonly pid: number;
  private readonly options: WriterWatchOptions;
  private readonly space: AddressSpace;
  private readonly wake: number;
  private readonly uffd: number;
  private readonly stopped = new Int32Array(new SharedArrayBuffer(8));
  private readonly unlock: () => void;
  private readonly worker: Worker;
  private readonly descriptors: DescriptorWatch;
  private readonly life: NodeJS.Timeout;
  private readonly exited: Promise<void>;
  private over = false;

  /** Stops one thread of the program for some hundred microseconds. Rejects with InspectorError; the program is unchanged then. */
  static async start(pid: number, options: WriterWatchOptions): Promise<WriterWatch> {
    const watch = new WriterWatch(pid, options);
    try {
      await watch.armed();
      return watch;
    } catch (cause) {
      await watch.stop();
      throw cause;
    }
  }

  private constructor(pid: number, options: WriterWatchOptions) {
    this.pid = pid;
    this.options = options;
    const script = options.script ?? findScript();
    this.unlock = lockProcess(pid);
    const undo = [this.unlock];
    try {
      this.descriptors = new DescriptorWatch(pid);
      const memory = memoryThread(pid);
      this.space = new AddressSpace(pid);
      undo.push(() => this.space.close());
      this.wake = call('eventfd2', SYS.eventfd2, 0, UFFD.O_CLOEXEC);
      undo.push(() => closeSync(this.wake));
      const { uffd, pidfd } = takeDescriptor(pid, () => {}, 'all');
      closeSync(pidfd);
      this.uffd = uffd;
      undo.push(() => closeSync(uffd));
      const { ranges, intervalMs, stacks, maxRate, maxShare } = options;
      const data: FaultThreadData = {
        uffd,
        pagemap: this.space.pagemap,
        wake: this.wake,
        stop: this.stopped.buffer as SharedArrayBuffer,
        options: { pid: memory, ranges, intervalMs, stacks, maxRate, maxShare },
      };
      this.worker = new Worker(script, { workerData: data });
    } catch (cause) {
      for (const action of undo.reverse()) action();
      throw cause;
    }
    this.exited = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.on('message', (message: FaultThreadMessage) => this.receive(message));
    this.worker.on('error', (cause) => this.end('failed', cause.message));
    this.life = setInterval(() => this.poll(), POLL_MS);
    this.life.unref();
    void this.exited.then(() => this.release());
  }

  /** Releases everything; resolves when no thread of the program waits. */
  async stop(): Promise<void> {
    this.over = true;
    this.interrupt();
    await this.exited;
  }

  private armed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.worker.on('message', (message: FaultThreadMessage) => {
        if (message.type === 'armed') resolve();
        else if (message.type === 'failed') reject(new InspectorError('internal', message.message));
      });
      this.worker.once('error', reject);
      this.worker.once('exit', () => reject(errors.endedMeanwhile(this.pid)));
    });
  }

  private receive(message: FaultThreadMessage): void {
    if (message.type === 'armed') {
      this.pages = message.pages;
      this.skipped = message.skipped;
    } else if (message.type === 'writes') {
      this.pauses = message.pauses;
      this.waitedMs = message.waitedMs;
      if (message.writes.length > 0) this.options.onWrites(message.writes);
    } else this.end('failed', message.message);
  }

  private poll(): void {
    const gone = this.space.end();
    if (gone !== null) this.end(gone, null);
    else if (this.descriptors.poll().length > 0) this.end('userfaultfd', null);
  }

  private end(reason: WatchEnd, failure: string | null): void {
    if (this.over) return;
    this.over = true;
    this.interrupt();
    void this.exited.then(() => this.options.onEnd(reason, failure));
  }

  private interrupt(): void {
    clearInterval(this.life);
    if (Atomics.exchange(this.stopped, 0, 1) === 0) writeSync(this.wake, new BigUint64Array([1n]));
  }

  private release(): void {
    clearInterval(this.life);
    // A thread that ran out of memory closed nothing.
    if (Atomics.load(this.stopped, 1) === 0) closeSync(this.uffd);
    this.space.close();
    closeSync(this.wake);
    this.unlock();
  }
}

/** Beside the bundle that this code is part of. */
function findScript(): string {
  for (const name of ['fault-thread.js', 'fault-thread.mjs']) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new InspectorError(
    'internal',
    'fault-thread.js is missing in the folder of the program.',
    'Install it again.',
  );
}
