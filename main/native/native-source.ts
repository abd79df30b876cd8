import { closeSync, openSync, readSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { Capabilities, ControlAction } from '#shared/source/capabilities.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type {
  Sample,
  SampleRequest,
  SourceDescription,
  SourceEvent,
  SourceProgress,
  TrackingSource,
} from '#shared/source/source.ts';
import { Freeze } from './attach/freeze.ts';
import { checkAttachable } from './attach/preconditions.ts';
import { takeDescriptor } from './attach/take-descriptor.ts';
import * as say from './messages.ts';
import { checkOperation } from './operation.ts';
import { commandLine } from './process/command-line.ts';
import { readStatus } from './process/status.ts';
import { pidfdExited } from './syscalls/calls.ts';
import { PAGE_IS } from './syscalls/constants.ts';
import { RegionList } from './tracking/region-list.ts';
import { WriteProtectTracker } from './tracking/write-protect-tracker.ts';
import { nativeWalk } from './walk.ts';

/** How often is looked whether the program still lives, in milliseconds. */
const LIFE_MS = 50;

/** What each category of a scan is as a plane. */
const PLANES = [
  [PAGE_IS.PRESENT, Plane.Present],
  [PAGE_IS.SWAPPED, Plane.Swapped],
  [PAGE_IS.HUGE, Plane.Huge],
  [PAGE_IS.PFNZERO, Plane.Zero],
  [PAGE_IS.GUARD, Plane.Guard],
] as const;

/** A real process on Linux, watched from outside without its help. */
export class NativeSource implements TrackingSource {
  readonly description: SourceDescription;
  readonly capabilities: Capabilities = {
    get: true,
    clear: true,
    getAndClear: 'atomic',
    noReusedRegions: false,
    clearRefs: false,
    walk: 'address',
    bytes: true,
    control: ['pause', 'continue'],
    seek: false,
  };
  /** How long attaching stopped one thread of the program, in nanoseconds. */
  readonly stoppedNs: number;
  private readonly pid: number;
  private readonly tracker: WriteProtectTracker;
  private readonly pidfd: number;
  private readonly memory: number;
  private readonly list = new RegionList();
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  private readonly life: NodeJS.Timeout;
  private frozen: Freeze | null = null;
  private state: 'open' | 'ended' | 'closed' = 'open';

  /**
   * Attaches to process `pid`: one of its threads stands still for some hundred microseconds, then everything is clear
   * and writes are noted. Throws InspectorError with the reason where that cannot be; the program is unharmed then.
   */
  static attach(pid: number): Promise<NativeSource> {
    // Synchronous within: nothing of ours may run while the program stands still.
    return new Promise((resolve) => resolve(NativeSource.attachNow(pid)));
  }

  private static attachNow(pid: number): NativeSource {
    const status = checkAttachable(pid);
    const taken = takeDescriptor(pid);
    const undo = [() => closeSync(taken.pidfd)];
    try {
      const tracker = new WriteProtectTracker(pid, taken.uffd);
      undo.push(() => tracker.close());
      const memory = openSync(`/proc/${pid}/mem`, 'r');
      undo.push(() => closeSync(memory));
      return new NativeSource(pid, status.name, tracker, taken.pidfd, memory, taken.stoppedNs);
    } catch (cause) {
      for (const action of undo) action();
      throw cause;
    }
  }

  private constructor(
    pid: number,
    name: string,
    tracker: WriteProtectTracker,
    pidfd: number,
    memory: number,
    stoppedNs: number,
  ) {
    this.pid = pid;
    this.tracker = tracker;
    this.pidfd = pidfd;
    this.memory = memory;
    this.stoppedNs = stoppedNs;
    this.description = {
      kind: 'native',
      title: name,
      detail: `${pid} · ${commandLine(pid) || name}`,
      pid,
      backend: 'PAGEMAP_SCAN + userfaultfd',
      launched: false,
    };
    this.tracker.clear();
    this.life = setInterval(() => this.look(), LIFE_MS);
    this.life.unref();
  }

  sample({ mode, tiles, state }: SampleRequest): Promise<Sample> {
    return this.perform(() => {
      const begin = process.hrtime.bigint();
      this.tracker.read(mode === 'interval' ? 'get-and-clear' : 'get', this.list);
      fill(tiles, this.list, [[PAGE_IS.WRITTEN, Plane.Written]]);
      if (state) {
        this.tracker.state(this.list);
        fill(tiles, this.list, PLANES);
      }
      return { vmas: this.tracker.vmas, scanNs: Number(process.hrtime.bigint() - begin) };
    });
  }

  operate(request: OperationRequest): Promise<OperationResult> {
    return this.perform(() => {
      const begin = process.hrtime.bigint();
      const { vmas } = this.tracker;
      const range = checkOperation(request, vmas.findLast((vma) => vma.name !== '[vsyscall]')?.end ?? 0);
      const durationNs = () => Number(process.hrtime.bigint() - begin);
      if ('errno' in range) return { ok: false, ...range, durationNs: durationNs(), notes: [] };
      if (request.op === 'CLEAR') {
        this.tracker.clear(range);
        this.list.clear();
      } else {
        this.tracker.read(request.op === 'GET' ? 'get' : 'get-and-clear', this.list, range, request.vecLen);
      }
      const ret = this.list.pages;
      const last = this.list.count > 0 ? this.list.end(this.list.count - 1) : 0;
      const runs = this.list.toRuns();
      const untracked = vmas.filter((v) => !v.tracked && v.start < range.end && v.end > range.start).length;
      return {
        ok: true,
        ret,
        runs,
        next: ret > 0 && ret >= request.vecLen && last < range.end ? last : null,
        durationNs: durationNs(),
        notes:
          untracked > 0 ? [`${untracked} VMAs of this range cannot be tracked; the table says why.`] : [],
      };
    });
  }

  walk(page: number): Promise<PageWalk> {
    return this.perform(() => {
      this.tracker.read('get', this.list, { start: page, end: page + 1 });
      const vma = this.tracker.vmas.find((v) => v.start <= page && page < v.end);
      return nativeWalk(page, this.tracker.pagemapEntry(page), vma, this.list.count > 0);
    });
  }

  bytes(page: number, pages: number): Promise<Uint8Array> {
    return this.perform(() => {
      const bytes = new Uint8Array(pages * PAGE_SIZE);
      let length = 0;
      try {
        while (length < bytes.length) {
          const count = readSync(
            this.memory,
            bytes,
            length,
            bytes.length - length,
            page * PAGE_SIZE + length,
          );
          if (count === 0) break;
          length += count;
        }
      } catch {
        // EIO: not mapped, or not readable, from here on.
      }
      return bytes.subarray(0, length - (length % PAGE_SIZE));
    });
  }

  control(action: ControlAction): Promise<void> {
    return this.perform(() => {
      if (action === 'pause') this.frozen ??= Freeze.stop(this.pid);
      else if (action === 'continue') this.thaw();
      else throw new InspectorError('unsupported', `A process that was not started here cannot ${action}.`);
    });
  }

  progress(): SourceProgress {
    return { running: this.frozen === null, step: null };
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): Promise<void> {
    if (this.state !== 'closed') {
      this.state = 'closed';
      clearInterval(this.life);
      this.thaw();
      this.tracker.close();
      closeSync(this.pidfd);
      closeSync(this.memory);
    }
    return Promise.resolve();
  }

  private thaw(): void {
    this.frozen?.release();
    this.frozen = null;
  }

  /** Everything is synchronous; failures become rejections, the end of the program is told once. */
  private async perform<T>(action: () => T): Promise<T> {
    if (this.state === 'closed') throw new InspectorError('no-source', 'This source was closed.');
    if (this.state === 'ended') throw say.programGone();
    try {
      return action();
    } catch (cause) {
      if (!this.tracker.alive()) {
        this.tellEnd();
        throw say.programGone();
      }
      throw cause;
    }
  }

  private look(): void {
    if (this.state === 'open' && !this.tracker.alive()) this.tellEnd();
  }

  private tellEnd(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    clearInterval(this.life);
    const exited = pidfdExited(this.pidfd) || readStatus(this.pid) === null;
    const event: SourceEvent = exited
      ? { type: 'ended', reason: 'exit', message: `Process ${this.pid} ended.` }
      : {
          type: 'ended',
          reason: 'exec',
          message: `Process ${this.pid} replaced itself (exec): its memory is another one now. Attach again to watch it.`,
        };
    for (const listener of this.listeners) listener(event);
  }
}

function fill(tiles: TileSet, list: RegionList, planes: readonly (readonly [number, Plane])[]): void {
  for (let i = 0; i < list.count; i++) {
    const categories = list.categories(i);
    for (const [category, plane] of planes) {
      if ((categories & category) !== 0) tiles.setRun(plane, list.start(i), list.end(i));
    }
  }
}
