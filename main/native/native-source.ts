import { setTimeout as sleep } from 'node:timers/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Parameter, ParameterValue } from '#shared/contract/parameter.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import { HugeTiles } from '#shared/memory/huge-tiles.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { HowToWatch } from '#shared/source/backend.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { HugeRestoration } from '#shared/source/huge-restoration.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { MAX_SNAPSHOT_PAGES, type Snapshot } from '#shared/source/snapshot.ts';
import type { SourceDescription } from '#shared/source/description.ts';
import type {
  ClearRefs,
  ExecutionControl,
  HugePageTracking,
  MemoryContents,
  PageTables,
  RangeOperations,
  Sample,
  SampleRequest,
  Snapshots,
  SourceEvent,
  SourceProgress,
  SourceSettings,
  TrackingSource,
} from '#shared/source/source.ts';
import { NO_TRACKING_COST, type TrackingCost } from '#shared/source/tracking-cost.ts';
import { TooLargeToCompare } from './backends/compare/too-large.ts';
import { openBackend } from './backends/open-backend.ts';
import { untrackedBackend } from './backends/untracked/untracked-backend.ts';
import type { Backend, SuspendedBackend } from './backends/write-tracker.ts';
import { DescriptorWatch } from './coexistence/descriptor-watch.ts';
import { ReturnLater } from './coexistence/return-later.ts';
import { comeBack, stepAside, type Replacement } from './coexistence/step-aside.ts';
import { checkVisible } from './attach/preconditions.ts';
import { PageEvents } from './events/page-events.ts';
import { HugePageRestorer } from './huge/restore-huge.ts';
import * as errors from './errors.ts';
import * as notices from './notices.ts';
import { OpenProcess } from './open-process.ts';
import { checkOperation } from './operation.ts';
import { fill, STATE_PLANES, TOUCHED_PLANE, WRITTEN_PLANES } from './planes.ts';
import { PinnedMemory } from './pinned/pinned-memory.ts';
import { ChildNotices } from './process/child-notices.ts';
import { commandLine } from './process/command-line.ts';
import { takeSnapshot } from './snapshot.ts';
import { type Capture, type CaptureRequest, CaptureReader, ownPages } from './capture.ts';
import { ProcessFreezer } from './process-freezer.ts';
import { PAGE_IS, PAGE_WAS } from './syscalls/constants.ts';
import { RegionList } from './tracking/region-list.ts';
import { hasEnded, memoryThread } from './process/status.ts';
import { isHidden } from './process/visibility.ts';
import { nativeWalk } from './walk.ts';

/** Interval of checks whether the program is alive, in milliseconds. */
const LIFE_MS = 50;
/** Interval of checks for a userfaultfd that the program opened, in milliseconds. */
const DESCRIPTORS_MS = 10;

/** Without it, pages that are written all the time are armed less often where that costs the program much. */
const EXACT: Parameter = {
  type: 'boolean',
  name: 'exact',
  label: 'Arm every page in each sample (exact)',
  default: false,
};

/** How long attaching is retried where no thread can be stopped, in milliseconds. */
const PATIENCE_MS = 2000;
const RETRY_MS = 20;

/** How long a sample may search for pages in large mappings (WriteTracker.prepare), in milliseconds. */
const SAMPLE_SEARCH_MS = 20_000;

export interface AttachOptions extends HowToWatch {
  /** Cancels the attach; the program is then unchanged. */
  readonly signal?: AbortSignal;
  /** The program was started by us: attaching may be allowed where it is not for others (ptrace_scope 1). */
  readonly launched?: boolean;
}

type OpenBackend = (freezer: ProcessFreezer) => Backend;

/** A backend on a process, whose pages were not read yet. */
interface Opened {
  readonly process: OpenProcess;
  readonly freezer: ProcessFreezer;
  readonly descriptors: DescriptorWatch;
  readonly backend: Backend;
  readonly undo: readonly (() => void)[];
}

/** A real process on Linux, tracked from outside without its cooperation. */
export class NativeSource
  implements
    TrackingSource,
    RangeOperations,
    ClearRefs,
    PageTables,
    MemoryContents,
    Snapshots,
    ExecutionControl,
    SourceSettings,
    HugePageTracking
{
  /** Where VM_SOFTDIRTY is known, it hides the entries' own bits. */
  readonly noReusedRegions = false;
  readonly walkKind = 'address';
  readonly actions: readonly ControlAction[] = ['pause', 'continue'];
  /** How long attaching stopped one thread of the program, in nanoseconds. */
  readonly stoppedNs: number;
  private readonly process: OpenProcess;
  private readonly freezer: ProcessFreezer;
  /** Whether huge pages were split by write-protection, by the present backend or one before it. */
  private readonly splits: boolean;
  /** Replaced where the program needs what the first one uses. */
  private tracking: Backend;
  private readonly list = new RegionList();
  private readonly hugeTiles: HugeTiles;
  private readonly children: ChildNotices;
  private readonly events: PageEvents;
  private readonly pinned: PinnedMemory;
  /** Events that an operation cleared and does not count, touched and gone: the next interval sample has them. */
  private readonly taken = new TileSet();
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  /** Events emitted before there was a listener. */
  private readonly waiting: SourceEvent[] = [];
  private readonly life: NodeJS.Timeout;
  private descriptors: NodeJS.Timeout | null = null;
  private readonly returning: ReturnLater;
  private state: 'open' | 'ended' | 'closed' = 'open';
  /** Every page is armed in each sample. */
  private exact = false;
  private readonly closing = new AbortController();

  /**
   * Attaches to process `pid` with the requested backend, or the best that works here: with write-protection one of its
   * threads is stopped for some hundred microseconds; the others do not touch it. Then everything is clear and writes
   * are noted. Where no thread of it can be stopped at the moment, it is retried for two seconds. Rejects with an
   * InspectorError with the reason where it cannot be attached to; the program is unchanged then.
   */
  static async attach(pid: number, options: AttachOptions = {}): Promise<NativeSource> {
    const { launched = false, signal, ...how } = options;
    const begin = performance.now();
    // What cannot be attached to at all keeps its own reason: it did not end meanwhile.
    checkVisible(pid);
    for (;;) {
      const lastTry = performance.now() - begin > PATIENCE_MS;
      try {
        // Synchronous: no other code of ours may run while the program is stopped.
        const opened = NativeSource.begin(pid, (freezer) =>
          openBackend({ pid, launched }, how, freezer, lastTry),
        );
        await NativeSource.prepare(opened, signal);
        return NativeSource.finish(opened, how);
      } catch (cause) {
        if (hasEnded(pid) && !isHidden(pid)) throw errors.endedMeanwhile(pid);
        if (lastTry || !(cause instanceof InspectorError) || cause.kind !== 'busy') throw cause;
      }
      await sleep(RETRY_MS);
    }
  }

  /** Tracks process `pid` with a backend that `openTracker` opens; everything is clear then. Throws InspectorError. */
  static open(pid: number, openTracker: OpenBackend, how: Pick<HowToWatch, 'exact'> = {}): NativeSource {
    return NativeSource.finish(NativeSource.begin(pid, openTracker), how);
  }

  private static begin(pid: number, openTracker: OpenBackend): Opened {
    const undo: (() => void)[] = [];
    try {
      const process = new OpenProcess(pid);
      undo.push(() => process.close());
      const freezer = new ProcessFreezer(pid);
      // Descriptors that the program opens after this are noticed.
      const descriptors = new DescriptorWatch(pid);
      const backend = openTracker(freezer);
      undo.push(() => backend.tracker.close());
      return { process, freezer, descriptors, backend, undo };
    } catch (cause) {
      for (const action of undo) action();
      throw cause;
    }
  }

  /** In the background: the first reading of a large address space may take seconds. */
  private static async prepare({ backend, undo }: Opened, signal?: AbortSignal): Promise<void> {
    try {
      await backend.tracker.prepare?.(Infinity, signal);
    } catch (cause) {
      for (const action of undo) action();
      throw cause;
    }
  }

  private static finish(opened: Opened, { exact = false }: Pick<HowToWatch, 'exact'>): NativeSource {
    const { process, freezer, descriptors, backend, undo } = opened;
    try {
      const hugeTiles = new HugeTiles();
      const list = new RegionList();
      backend.tracker.state(list);
      noteHuge(hugeTiles, list);
      const events = new PageEvents(list, backend.tracker.vmas);
      if (backend.clearsAtStart !== false) backend.tracker.clear();
      const source = new NativeSource(process, backend, freezer, hugeTiles, descriptors, events);
      source.exact = exact;
      return source;
    } catch (cause) {
      for (const action of undo) action();
      throw cause;
    }
  }

  private constructor(
    process: OpenProcess,
    backend: Backend,
    freezer: ProcessFreezer,
    hugeTiles: HugeTiles,
    descriptors: DescriptorWatch,
    events: PageEvents,
  ) {
    this.process = process;
    this.tracking = backend;
    this.freezer = freezer;
    this.hugeTiles = hugeTiles;
    this.events = events;
    this.pinned = new PinnedMemory(process.pid);
    this.stoppedNs = backend.stoppedNs;
    this.splits = backend.registers;
    if (backend.notice !== undefined) this.waiting.push({ type: 'notice', message: backend.notice });
    this.children = new ChildNotices(process.pid);
    this.life = setInterval(() => this.look(), LIFE_MS);
    this.life.unref();
    this.returning = new ReturnLater(process.pid, (suspended) => this.comeBack(suspended));
    if (backend.registers) this.watchDescriptors(descriptors);
  }

  get description(): SourceDescription {
    const { pid, name } = this.process;
    return {
      kind: 'native',
      title: name,
      detail: `${pid} · ${commandLine(pid) || name}`,
      pid,
      backend: this.tracking.label,
      launched: false,
    };
  }

  get operations(): RangeOperations | null {
    return this.tracking.getAndClear === 'none' ? null : this;
  }

  get wholeProcess(): ClearRefs | null {
    return this.tracking.clearRefs ? this : null;
  }

  get pageTables(): PageTables {
    return this;
  }

  get memory(): MemoryContents | null {
    return this.process.readable ? this : null;
  }

  get snapshots(): Snapshots | null {
    return this.process.stoppable ? this : null;
  }

  get execution(): ExecutionControl | null {
    return this.process.stoppable ? this : null;
  }

  get settings(): SourceSettings {
    return this;
  }

  get hugePages(): HugePageTracking {
    return this;
  }

  get getAndClear(): RangeOperations['getAndClear'] {
    const { getAndClear, label } = this.tracking;
    // `operations` is null then.
    if (getAndClear === 'none') throw new InspectorError('unsupported', `${label}: nothing can be cleared.`);
    return getAndClear;
  }

  get clearsForOthers(): string | undefined {
    return this.tracking.clearsForOthers;
  }

  /** What tracks the program at present. */
  get backend(): Backend['name'] {
    return this.tracking.name;
  }

  private get tracker(): Backend['tracker'] {
    return this.tracking.tracker;
  }

  /** clear_refs "4"; where the present backend has none it rejects. */
  clearRefs(): Promise<void> {
    return this.perform(() => {
      if (!this.tracking.clearRefs) {
        throw new InspectorError('unsupported', `${this.tracking.label} has no clear_refs.`);
      }
      this.tracker.clear();
      this.events.clear();
    }, Infinity);
  }

  sample(request: SampleRequest): Promise<Sample> {
    return this.perform(() => this.sampleNow(request), SAMPLE_SEARCH_MS);
  }

  private sampleNow({ mode, tiles, state, range, explicit = false }: SampleRequest): Sample {
    const begin = process.hrtime.bigint();
    const { tracker, list } = this;
    if (mode === 'interval' && !explicit && tracker.sample) tracker.sample(list, this.exact, range);
    else tracker.read(mode === 'interval' ? 'get-and-clear' : 'get', list, range);
    fill(tiles, this.classified(), WRITTEN_PLANES);
    this.noteHuge();
    if (state) {
      this.tracker.state(this.list);
      fill(tiles, this.list, STATE_PLANES);
      this.hugeTiles.mark(tiles);
      this.events.look(tiles);
    }
    this.events.report(tiles, mode, range);
    if (mode === 'interval') joinWrites(tiles, this.taken);
    this.taken.clear();
    return { vmas: this.pinned.mark(this.tracker.vmas), scanNs: Number(process.hrtime.bigint() - begin) };
  }

  /**
   * Takes what was written since it was last cleared, as an explicit interval sample does, and reads the contents of these
   * pages and of those that the caller does not have. Rejects with `not-permitted` where the memory may not be read.
   */
  capture(request: CaptureRequest): Promise<Capture> {
    const range = request.range ? { range: request.range } : {};
    return this.perform(() => {
      if (!this.process.stoppable) throw errors.notReadable();
      const reader = new CaptureReader(this.process.pid);
      try {
        let found: Pick<Capture, 'vmas' | 'own' | 'unread'> | undefined;
        const take = () => {
          const tiles = new TileSet();
          const { vmas } = this.sampleNow({ mode: 'interval', tiles, state: true, explicit: true, ...range });
          const { own, changed } = ownPages(reader, tiles, vmas, request);
          found = { vmas, own, unread: reader.read(changed, request.onPages) };
        };
        let stop = { threads: 0, stoppedNs: 0 };
        if (request.stopped) stop = this.freezer.measure(take);
        else take();
        if (!found) throw new InspectorError('internal', 'Nothing was captured.');
        return { ...found, ...stop };
      } finally {
        reader.close();
      }
    }, SAMPLE_SEARCH_MS);
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
        this.events.clear(range);
      } else {
        const what = request.op === 'GET' ? 'get' : 'get-and-clear';
        this.tracker.read(what, this.list, range, request.vecLen, true);
      }
      this.noteHuge();
      const list = this.classified();
      if (request.op === 'GET_AND_CLEAR') {
        fill(this.taken, list, TOUCHED_PLANE);
        this.events.report(this.taken, 'hold', range);
      }
      // What is only touched does not count as written.
      list.withoutCategories(PAGE_WAS.TOUCHED | PAGE_WAS.HOT | PAGE_WAS.GONE | PAGE_IS.HUGE);
      if (request.op === 'GET_AND_CLEAR') this.events.clear(range);
      const ret = list.pages;
      const last = list.count > 0 ? list.end(list.count - 1) : 0;
      const runs = list.toRuns();
      const untracked = vmas.filter((v) => !v.tracked && v.start < range.end && v.end > range.start).length;
      return {
        ok: true,
        ret,
        runs,
        next: ret > 0 && ret >= request.vecLen && last < range.end ? last : null,
        durationNs: durationNs(),
        notes: [
          ...this.tracking.notes(request.op),
          ...(untracked > 0
            ? [`${untracked} VMAs of this range cannot be tracked; see the table for the reasons.`]
            : []),
        ],
      };
    }, Infinity);
  }

  walk(page: number): Promise<PageWalk> {
    return this.perform(() => {
      this.tracker.read('get', this.list, { start: page, end: page + 1 }, 0, true);
      const vma = this.pinned.mark(this.tracker.vmas).find((v) => v.start <= page && page < v.end);
      return nativeWalk({
        page,
        entry: this.tracker.pagemapEntry(page),
        vma,
        written: this.list.count > 0 && (this.classified().categories(0) & PAGE_WAS.TOUCHED) === 0,
        backend: this.backend,
        explain: (entry, written) => this.tracking.explain(entry, written),
      });
    });
  }

  bytes(page: number, pages: number): Promise<Uint8Array> {
    return this.perform(() => this.process.bytes(page, pages));
  }

  snapshot(start: number, pages: number): Promise<Snapshot> {
    return this.perform(() => {
      if (!this.process.stoppable) throw errors.notReadable();
      if (pages > MAX_SNAPSHOT_PAGES) throw errors.snapshotTooLarge(pages, MAX_SNAPSHOT_PAGES);
      const { tracker, freezer } = this;
      const pid = memoryThread(this.process.pid);
      return takeSnapshot({ pid, tracker, freezer }, start, pages);
    });
  }

  control(action: ControlAction): Promise<void> {
    return this.perform(() => {
      if (!this.process.stoppable || !this.actions.includes(action)) {
        throw new InspectorError('unsupported', `There is no "${action}" for this process.`);
      }
      if (action === 'pause') this.freezer.hold();
      else this.freezer.release();
    });
  }

  progress(): SourceProgress {
    return { running: !this.freezer.held, step: null };
  }

  get parameters(): readonly Parameter[] {
    return this.tracker.sample ? [EXACT] : [];
  }

  values(): Readonly<Record<string, ParameterValue>> {
    return this.tracker.sample ? { [EXACT.name]: this.exact } : {};
  }

  set(name: string, value: ParameterValue): Promise<void> {
    return this.perform(() => {
      if (!this.tracker.sample || name !== EXACT.name || typeof value !== 'boolean') {
        throw new InspectorError('bad-request', `This source has no setting ${name} = ${value}.`);
      }
      this.exact = value;
    });
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
    for (const event of this.waiting.splice(0)) listener(event);
    return () => this.listeners.delete(listener);
  }

  /** Records huge pages that were just armed: their next write splits them. */
  private noteHuge(): void {
    noteHuge(this.hugeTiles, this.list);
    const armed = this.tracker.armedHuge;
    if (armed === undefined || armed.count === 0) return;
    noteHuge(this.hugeTiles, armed);
    armed.clear();
  }

  expectHuge(tiles: readonly number[]): void {
    for (const tile of tiles) {
      this.hugeTiles.note(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
      this.hugeTiles.noteSmall(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
    }
  }

  async detach(): Promise<HugeRestoration | null> {
    const { seen } = this.hugeTiles;
    const restorer =
      this.state === 'open' && this.splits && seen.size > 0
        ? HugePageRestorer.of(this.process.pid, seen)
        : null;
    // The same address space as the tracker's, if that is alive after the restorer opened its own.
    const same = restorer !== null && this.tracker.alive();
    await this.close();
    if (!same) restorer?.close();
    return same ? restorer : null;
  }

  close(): Promise<void> {
    if (this.state !== 'closed') {
      this.state = 'closed';
      this.closing.abort();
      this.stopLooking();
      this.freezer.release();
      this.tracker.close();
      this.process.close();
    }
    return Promise.resolve();
  }

  /**
   * Runs `action`, which is synchronous, after the tracker was prepared for `searchMs` where it needs that for reading all
   * of the memory (0: it does not read all). Failures become rejections, the end of the program is reported once.
   */
  private async perform<T>(action: () => T, searchMs = 0): Promise<T> {
    this.requireOpen();
    try {
      if (searchMs > 0 && this.tracker.prepare) {
        await this.tracker.prepare(searchMs, this.closing.signal);
        this.requireOpen();
      }
      return action();
    } catch (cause) {
      this.requireOpen();
      if (!this.tracker.alive()) {
        this.reportEnd();
        throw errors.programGone();
      }
      if (!(cause instanceof TooLargeToCompare) || this.tracking.isFallback !== true) throw cause;
      this.stopTracking(cause);
      return action();
    }
  }

  /** The program outgrew a comparison that was not requested: no tracking instead of an error in each sample. */
  private stopTracking({ message }: TooLargeToCompare): void {
    const { pid } = this.process;
    const backend = untrackedBackend(pid, message);
    this.tracker.close();
    this.replace({ backend, reason: notices.outgrewComparison(pid, message), suspended: null });
  }

  private requireOpen(): void {
    if (this.state === 'closed') throw new InspectorError('no-source', 'This source was closed.');
    if (this.state === 'ended') throw errors.programGone();
  }

  /** The tracker's report, refined by events where write-protection is used. */
  private classified(): RegionList {
    return this.tracking.registers ? this.events.classify(this.list, this.tracker.vmas) : this.list;
  }

  private look(): void {
    if (this.state !== 'open') return;
    if (!this.tracker.alive()) return this.reportEnd();
    // Kept until there is a listener.
    if (this.listeners.size === 0) return;
    for (const { pid, message, children } of this.children.look())
      this.emit({ type: 'notice', message, process: { kind: 'child', pid }, children });
    const message = this.pinned.notice();
    if (message !== null) this.emit({ type: 'notice', message });
  }

  private watchDescriptors(watch: DescriptorWatch): void {
    this.descriptors = setInterval(() => this.lookAtDescriptors(watch), DESCRIPTORS_MS);
    this.descriptors.unref();
  }

  private lookAtDescriptors(watch: DescriptorWatch): void {
    if (this.state !== 'open') return;
    // A launched program is followed through exec: the earlier, the less is missed.
    if (!this.tracker.alive()) this.look();
    else if (watch.look().length > 0) this.stepAside();
  }

  /** The program opened a userfaultfd: our registrations must not conflict with it. */
  private stepAside(): void {
    if (this.descriptors !== null) clearInterval(this.descriptors);
    try {
      const replacement = stepAside(this.process.pid, this.tracking);
      if (replacement.suspended) this.returning.wait(replacement.suspended);
      this.replace(replacement);
    } catch {
      // Only a program that is gone has no backend at all.
      this.reportEnd();
    }
  }

  /** The program only tracks writes with the userfaultfd that it opened. */
  private comeBack(suspended: SuspendedBackend): void {
    if (this.state !== 'open') return suspended.close();
    try {
      // Descriptors that it opens after this are noticed.
      const descriptors = new DescriptorWatch(this.process.pid);
      const replacement = comeBack(this.process.pid, this.tracking, suspended);
      if (replacement === null) return;
      this.replace(replacement);
      this.watchDescriptors(descriptors);
    } catch {
      this.reportEnd();
    }
  }

  private replace({ backend, reason }: Replacement): void {
    this.tracking = backend;
    const { name, getAndClear } = backend;
    this.emit({ type: 'backend', backend: name, atomic: getAndClear === 'atomic', reason });
  }

  private reportEnd(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.stopLooking();
    this.emit(this.process.endEvent());
  }

  private stopLooking(): void {
    clearInterval(this.life);
    if (this.descriptors !== null) clearInterval(this.descriptors);
    this.returning.cancel();
  }

  private emit(event: SourceEvent): void {
    if (this.listeners.size === 0) this.waiting.push(event);
    for (const listener of this.listeners) listener(event);
  }
}

function noteHuge(huge: HugeTiles, list: RegionList): void {
  const any = list.hasAny(PAGE_IS.HUGE);
  if (!any && huge.seen.size === 0) return;
  for (let i = 0; i < list.count; i++) {
    if ((list.categories(i) & PAGE_IS.HUGE) !== 0) huge.note(list.start(i), list.end(i));
    else huge.noteSmall(list.start(i), list.end(i));
  }
}
