import { closeSync, openSync, readSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { HugeTiles } from '#shared/memory/huge-tiles.ts';
import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { HowToWatch } from '#shared/source/backend.ts';
import type { Capabilities, ControlAction } from '#shared/source/capabilities.ts';
import type { HugeRestoration } from '#shared/source/huge-restoration.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { MOST_SNAPSHOT_PAGES, type Snapshot } from '#shared/source/snapshot.ts';
import type {
  Sample,
  SampleRequest,
  SourceDescription,
  SourceEvent,
  SourceProgress,
  TrackingSource,
} from '#shared/source/source.ts';
import { NO_TRACKING_COST, type TrackingCost } from '#shared/source/tracking-cost.ts';
import { checkVisible, is64Bit } from './attach/preconditions.ts';
import { openBackend } from './backends/open-backend.ts';
import type { Backend, WriteTracker } from './backends/write-tracker.ts';
import { HugePageRestorer } from './huge/restore-huge.ts';
import * as say from './messages.ts';
import { checkOperation } from './operation.ts';
import { fill, STATE_PLANES, WRITTEN_PLANES } from './planes.ts';
import { ChildNotices } from './process/child-notices.ts';
import { commandLine } from './process/command-line.ts';
import { readStatus } from './process/status.ts';
import { takeSnapshot } from './snapshot.ts';
import { Standstill } from './standstill.ts';
import { pidfdExited, pidfdOpen } from './syscalls/calls.ts';
import { ERRNO, PAGE_IS } from './syscalls/constants.ts';
import { SyscallError } from './syscalls/errno.ts';
import { RegionList } from './tracking/region-list.ts';
import { nativeWalk } from './walk.ts';

/** How often is looked whether the program still lives, in milliseconds. */
const LIFE_MS = 50;

export interface AttachOptions extends HowToWatch {
  /** The program was started by us: that may be allowed where attaching to others is not (ptrace_scope 1). */
  readonly launched?: boolean;
}

type OpenBackend = (standstill: Standstill) => Backend;

/** A real process on Linux, watched from outside without its help. */
export class NativeSource implements TrackingSource {
  readonly description: SourceDescription;
  readonly capabilities: Capabilities;
  readonly clearRefs?: () => Promise<void>;
  readonly backend: Backend['name'];
  /** How long attaching stopped one thread of the program, in nanoseconds. */
  readonly stoppedNs: number;
  private readonly pid: number;
  private readonly tracker: WriteTracker;
  private readonly notes: Backend['notes'];
  private readonly explain: Backend['explain'];
  private readonly standstill: Standstill;
  private readonly pidfd: number;
  /** /proc/PID/mem; null where its contents may not be read. */
  private readonly memory: number | null;
  private readonly list = new RegionList();
  private readonly hugeTiles: HugeTiles;
  private readonly children: ChildNotices;
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  private readonly life: NodeJS.Timeout;
  private state: 'open' | 'ended' | 'closed' = 'open';

  /**
   * Attaches to process `pid` with the backend asked for, or the best that works here: with write-protection one of its
   * threads stands still for some hundred microseconds; the others do not touch it. Then everything is clear and writes
   * are noted. Throws InspectorError with the reason where that cannot be; the program is unharmed then.
   */
  static attach(pid: number, options: AttachOptions = {}): Promise<NativeSource> {
    const { launched = false, ...how } = options;
    // Synchronous within: nothing of ours may run while the program stands still.
    return new Promise((resolve) =>
      resolve(NativeSource.open(pid, (standstill) => openBackend({ pid, launched }, how, standstill))),
    );
  }

  /** Watches process `pid` with a backend that `openTracker` opens; everything is clear then. Throws InspectorError. */
  static open(pid: number, openTracker: OpenBackend): NativeSource {
    const { name } = checkVisible(pid);
    const undo: (() => void)[] = [];
    try {
      const pidfd = openPidfd(pid);
      undo.push(() => closeSync(pidfd));
      const standstill = new Standstill(pid);
      const backend = openTracker(standstill);
      undo.push(() => backend.tracker.close());
      const memory = openMemory(pid);
      if (memory !== null) undo.push(() => closeSync(memory));
      const hugeTiles = new HugeTiles();
      const list = new RegionList();
      backend.tracker.state(list);
      noteHuge(hugeTiles, list);
      backend.tracker.clear();
      return new NativeSource(pid, name, backend, standstill, pidfd, memory, hugeTiles);
    } catch (cause) {
      for (const action of undo) action();
      throw cause;
    }
  }

  private constructor(
    pid: number,
    name: string,
    backend: Backend,
    standstill: Standstill,
    pidfd: number,
    memory: number | null,
    hugeTiles: HugeTiles,
  ) {
    this.hugeTiles = hugeTiles;
    this.children = new ChildNotices(pid);
    const { tracker, clearRefs } = backend;
    this.pid = pid;
    this.backend = backend.name;
    this.tracker = tracker;
    this.notes = (op) => backend.notes(op);
    this.explain = (entry, written) => backend.explain(entry, written);
    this.standstill = standstill;
    this.pidfd = pidfd;
    this.memory = memory;
    this.stoppedNs = backend.stoppedNs;
    this.description = {
      kind: 'native',
      title: name,
      detail: `${pid} · ${commandLine(pid) || name}`,
      pid,
      backend: backend.label,
      launched: false,
    };
    // Stopping asks for the same right as reading its memory.
    const stoppable = memory !== null && is64Bit(pid);
    this.capabilities = {
      get: true,
      clear: true,
      getAndClear: backend.getAndClear,
      // Where VM_SOFTDIRTY is known, it hides the entries' own bits.
      noReusedRegions: false,
      clearRefs,
      walk: 'address',
      bytes: memory !== null,
      snapshot: stoppable,
      control: stoppable ? ['pause', 'continue'] : [],
      seek: false,
    };
    if (clearRefs) this.clearRefs = () => this.perform(() => tracker.clear());
    this.life = setInterval(() => this.look(), LIFE_MS);
    this.life.unref();
  }

  sample({ mode, tiles, state }: SampleRequest): Promise<Sample> {
    return this.perform(() => {
      const begin = process.hrtime.bigint();
      this.tracker.read(mode === 'interval' ? 'get-and-clear' : 'get', this.list);
      fill(tiles, this.list, WRITTEN_PLANES);
      noteHuge(this.hugeTiles, this.list);
      if (state) {
        this.tracker.state(this.list);
        fill(tiles, this.list, STATE_PLANES);
        this.hugeTiles.mark(tiles);
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
        const what = request.op === 'GET' ? 'get' : 'get-and-clear';
        this.tracker.read(what, this.list, range, request.vecLen, true);
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
        notes: [
          ...this.notes(request.op),
          ...(untracked > 0
            ? [`${untracked} VMAs of this range cannot be tracked; the table says why.`]
            : []),
        ],
      };
    });
  }

  walk(page: number): Promise<PageWalk> {
    return this.perform(() => {
      this.tracker.read('get', this.list, { start: page, end: page + 1 }, 0, true);
      const vma = this.tracker.vmas.find((v) => v.start <= page && page < v.end);
      return nativeWalk({
        page,
        entry: this.tracker.pagemapEntry(page),
        vma,
        written: this.list.count > 0,
        backend: this.backend,
        explain: this.explain,
      });
    });
  }

  bytes(page: number, pages: number): Promise<Uint8Array> {
    return this.perform(() => {
      if (this.memory === null) throw say.notReadable();
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

  snapshot(start: number, pages: number): Promise<Snapshot> {
    return this.perform(() => {
      if (!this.capabilities.snapshot) throw say.notReadable();
      if (pages > MOST_SNAPSHOT_PAGES) throw say.snapshotTooLarge(pages, MOST_SNAPSHOT_PAGES);
      const { pid, tracker, standstill } = this;
      return takeSnapshot({ pid, tracker, standstill }, start, pages);
    });
  }

  control(action: ControlAction): Promise<void> {
    return this.perform(() => {
      if (!this.capabilities.control.includes(action)) {
        throw new InspectorError('unsupported', `There is no "${action}" for this process.`);
      }
      if (action === 'pause') this.standstill.hold();
      else this.standstill.release();
    });
  }

  progress(): SourceProgress {
    return { running: !this.standstill.held, step: null };
  }

  cost(): TrackingCost {
    return {
      ...NO_TRACKING_COST,
      ...(this.state === 'open' ? this.tracker.cost?.() : {}),
      splitHugePages: this.hugeTiles.splitCount,
    };
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  expectHuge(tiles: readonly number[]): void {
    for (const tile of tiles) {
      this.hugeTiles.note(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
      this.hugeTiles.noteSmall(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
    }
  }

  async detach(): Promise<HugeRestoration | null> {
    const splits = this.backend === 'write-protect' || this.backend === 'preload';
    const { seen } = this.hugeTiles;
    const restorer =
      this.state === 'open' && splits && seen.size > 0 ? HugePageRestorer.of(this.pid, seen) : null;
    // The same address space as the tracker's, if that is alive after the restorer opened its own.
    const same = restorer !== null && this.tracker.alive();
    await this.close();
    if (!same) restorer?.close();
    return same ? restorer : null;
  }

  close(): Promise<void> {
    if (this.state !== 'closed') {
      this.state = 'closed';
      clearInterval(this.life);
      this.standstill.release();
      this.tracker.close();
      closeSync(this.pidfd);
      if (this.memory !== null) closeSync(this.memory);
    }
    return Promise.resolve();
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
    if (this.state !== 'open') return;
    if (!this.tracker.alive()) return this.tellEnd();
    const message = this.children.look();
    if (message !== null) this.tell({ type: 'notice', message });
  }

  private tellEnd(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    clearInterval(this.life);
    // A process that is ending has no memory any more; one that replaced itself has other memory.
    const exited = pidfdExited(this.pidfd) || readStatus(this.pid)?.hasMemory !== true;
    const event: SourceEvent = exited
      ? { type: 'ended', reason: 'exit', message: `Process ${this.pid} ended.` }
      : {
          type: 'ended',
          reason: 'exec',
          message: `Process ${this.pid} replaced itself (exec): its memory is another one now. Attach again to watch it.`,
        };
    this.tell(event);
  }

  private tell(event: SourceEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

function openPidfd(pid: number): number {
  try {
    return pidfdOpen(pid);
  } catch (cause) {
    if (cause instanceof SyscallError && cause.errno === ERRNO.ESRCH) throw say.noSuchProcess(pid);
    throw cause;
  }
}

function openMemory(pid: number): number | null {
  try {
    return openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return null;
  }
}

function noteHuge(huge: HugeTiles, list: RegionList): void {
  for (let i = 0; i < list.count; i++) {
    if ((list.categories(i) & PAGE_IS.HUGE) !== 0) huge.note(list.start(i), list.end(i));
    else huge.noteSmall(list.start(i), list.end(i));
  }
}
