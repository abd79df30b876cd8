import { InspectorError } from '#shared/contract/errors.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
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
  ProgramObjects,
  RangeOperations,
  Sample,
  SampleRequest,
  Snapshots,
  SourceEvent,
  SourceProgress,
  TrackingSource,
  WordWatching,
  WriterWatching,
} from '#shared/source/source.ts';
import { NO_TRACKING_COST, type TrackingCost } from '#shared/source/tracking-cost.ts';
import { TooLargeToCompare } from './backends/compare/too-large.ts';
import { untrackedBackend } from './backends/untracked/untracked-backend.ts';
import type { Backend } from './backends/write-tracker.ts';
import { Coexistence } from './coexistence/coexistence.ts';
import type { Replacement } from './coexistence/step-aside.ts';
import { PageEvents } from './events/page-events.ts';
import { ArmedHuge } from './huge/armed-huge.ts';
import * as errors from './errors.ts';
import * as notices from './notices.ts';
import type { OpenProcess } from './open-process.ts';
import { ExactSetting } from './exact-setting.ts';
import { PageReadings } from './page-readings.ts';
import {
  openTracked,
  openWithRetries,
  type AttachOptions,
  type OpenBackend,
  type Opened,
} from './open-tracked.ts';
import { commandLine } from './process/command-line.ts';
import { ProgramLife } from './program-life.ts';
import { takeSnapshot } from './snapshot.ts';
import { type Capture, type CaptureRequest, captureNow } from './capture.ts';
import type { ProcessFreezer } from './process-freezer.ts';
import { RegionList } from './tracking/region-list.ts';
import { memoryThread } from './process/status.ts';
import { NativeWriters } from './writers/native-writers.ts';
import { NativeObjects } from './symbols/native-objects.ts';
import { NativeWords } from './watchpoint/native-words.ts';
import { WriterSampling } from './writers/writer-sampling.ts';

/** How long a sample may search for pages in large mappings (WriteTracker.prepare), in milliseconds. */
const SAMPLE_SEARCH_MS = 20_000;

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
    HugePageTracking
{
  /** Where VM_SOFTDIRTY is known, it hides the entries' own bits. */
  readonly noReusedRegions = false;
  readonly walkKind = 'address';
  readonly actions: readonly ControlAction[] = ['pause', 'continue'];
  readonly settings: ExactSetting;
  /** How long attaching stopped one thread of the program, in nanoseconds. */
  readonly stoppedNs: number;
  private readonly process: OpenProcess;
  private readonly freezer: ProcessFreezer;
  /** Whether huge pages were split by write-protection, by the current backend or one before it. */
  private readonly splits: boolean;
  /** Replaced if the program needs what the first one uses. */
  private tracking: Backend;
  private readonly huge: ArmedHuge;
  private readonly life: ProgramLife;
  private readonly readings: PageReadings;
  private readonly coexistence: Coexistence;
  /** Without names; `writers` uses it too. */
  readonly writerSampling: WriterSampling;
  private readonly namedWriters: NativeWriters;
  private readonly objects: NativeObjects;

  /**
   * Attaches to process `pid` with the requested backend, or the best that works here: with write-protection one of its
   * threads is stopped for some hundred microseconds; the others do not touch it. Then everything is clear and writes
   * are noted. If no thread of it can be stopped now, it is retried for two seconds. Rejects with an
   * InspectorError with the reason if it cannot be attached to; the program is unchanged then.
   */
  static attach(pid: number, options: AttachOptions = {}): Promise<NativeSource> {
    return openWithRetries(pid, options, (opened) => NativeSource.finish(opened, options));
  }

  /** Tracks process `pid` with a backend that `openTracker` opens; everything is clear then. Throws InspectorError. */
  static open(pid: number, openTracker: OpenBackend, how: Pick<TrackingOptions, 'exact'> = {}): NativeSource {
    return NativeSource.finish(openTracked(pid, openTracker), how);
  }

  private static finish(opened: Opened, { exact = false }: Pick<TrackingOptions, 'exact'>): NativeSource {
    const { tracker, clearsAtStart } = opened.backend;
    try {
      const huge = new ArmedHuge();
      const list = new RegionList();
      tracker.state(list);
      huge.note(list);
      const events = new PageEvents(list, tracker.vmas);
      if (clearsAtStart !== false) tracker.clear();
      return new NativeSource(opened, huge, events, exact);
    } catch (cause) {
      opened.close();
      throw cause;
    }
  }

  private constructor(
    { process, backend, freezer, descriptors }: Opened,
    huge: ArmedHuge,
    events: PageEvents,
    exact: boolean,
  ) {
    this.process = process;
    this.tracking = backend;
    this.freezer = freezer;
    this.huge = huge;
    this.settings = new ExactSetting(
      exact,
      () => this.tracker.sample !== undefined,
      (action) => this.perform(action),
    );
    this.readings = new PageReadings(process.pid, () => this.tracking, huge, events);
    this.writerSampling = new WriterSampling(process.pid);
    this.namedWriters = new NativeWriters(process.pid, this.writerSampling);
    this.objects = new NativeObjects(process.pid);
    this.stoppedNs = backend.stoppedNs;
    this.splits = backend.registers;
    this.life = new ProgramLife(process, {
      alive: () => this.tracker.alive(),
      pinnedNotice: () => this.readings.pinned.notice(),
      over: () => this.coexistence.end(),
    });
    if (backend.notice !== undefined) this.life.notice(backend.notice);
    this.coexistence = new Coexistence(process.pid, {
      backend: () => this.tracking,
      replace: (replacement) => this.replace(replacement),
      poll: () => this.life.poll(),
      ended: () => this.life.end(),
    });
    if (backend.registers) this.coexistence.begin(descriptors);
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

  /** Null if its memory may not be read. */
  get programObjects(): ProgramObjects | null {
    return this.process.readable ? this.objects : null;
  }

  /** A real program cannot be stepped back. */
  readonly stepping = null;
  readonly rerun = null;

  get snapshots(): Snapshots | null {
    return this.process.stoppable ? this : null;
  }

  get execution(): ExecutionControl | null {
    return this.process.stoppable ? this : null;
  }

  /** Where asynchronous write-protection makes the first write of each interval a page fault. */
  get writers(): WriterWatching | null {
    return this.tracking.registers ? this.namedWriters : null;
  }

  get words(): WordWatching {
    return new NativeWords(this.process.pid);
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

  /** What currently tracks the program. */
  get backend(): Backend['name'] {
    return this.tracking.name;
  }

  private get tracker(): Backend['tracker'] {
    return this.tracking.tracker;
  }

  /** clear_refs "4"; if the current backend has none it rejects. */
  clearRefs(): Promise<void> {
    return this.perform(() => {
      if (!this.tracking.clearRefs) {
        throw new InspectorError('unsupported', `${this.tracking.label} has no clear_refs.`);
      }
      this.readings.clear();
    }, Infinity);
  }

  sample(request: SampleRequest): Promise<Sample> {
    return this.perform(() => this.sampleNow(request), SAMPLE_SEARCH_MS);
  }

  private sampleNow(request: SampleRequest): Sample {
    const begin = process.hrtime.bigint();
    const sample = this.readings.sample(request, this.settings.on);
    if (request.mode === 'interval') this.writerSampling.sampled(request.tiles, begin);
    return sample;
  }

  /**
   * Takes what was written since it was last cleared, as an explicit interval sample does, and reads the contents of these
   * pages and of those that the caller does not have. Rejects with `not-permitted` if the memory may not be read.
   */
  capture(request: CaptureRequest): Promise<Capture> {
    const range = request.range ? { range: request.range } : {};
    return this.perform(() => {
      if (!this.process.stoppable) throw errors.notReadable();
      const { pid } = this.process;
      return captureNow(pid, this.freezer, request, (tiles) =>
        this.sampleNow({ mode: 'interval', tiles, state: true, explicit: true, ...range }),
      );
    }, SAMPLE_SEARCH_MS);
  }

  operate(request: OperationRequest): Promise<OperationResult> {
    return this.perform(() => this.readings.operate(request), Infinity);
  }

  walk(page: number): Promise<PageWalk> {
    return this.perform(() => this.readings.walk(page));
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
    const { stopped } = this.life;
    return { running: !this.freezer.held, step: null, ...(stopped !== null && { stopped }) };
  }

  cost(): TrackingCost {
    return {
      ...NO_TRACKING_COST,
      ...(this.life.isOpen ? this.tracker.cost?.() : {}),
      splitHugePages: this.huge.splitCount,
    };
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    return this.life.events.listen(listener);
  }

  expectHuge(tiles: readonly number[]): void {
    this.huge.expect(tiles);
  }

  async detach(): Promise<HugeRestoration | null> {
    const splits = this.life.isOpen && this.splits;
    const restorer = splits ? this.huge.restorer(this.process.pid, this.tracker) : null;
    await this.close();
    return restorer;
  }

  close(): Promise<void> {
    if (this.life.close()) {
      this.namedWriters.stop();
      this.objects.close();
      this.freezer.release();
      this.tracker.close();
      this.process.close();
    }
    return Promise.resolve();
  }

  /**
   * Runs `action`, which is synchronous, after the tracker was prepared for `searchMs` if it needs that for reading all
   * of the memory (0: it does not read all). Failures become rejections, the end of the program is reported once.
   */
  private async perform<T>(action: () => T, searchMs = 0): Promise<T> {
    this.life.requireOpen();
    try {
      if (searchMs > 0 && this.tracker.prepare) {
        await this.tracker.prepare(searchMs, this.life.signal);
        this.life.requireOpen();
      }
      return action();
    } catch (cause) {
      this.life.requireOpen();
      if (!this.tracker.alive()) {
        this.life.end();
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
    this.replace({ backend, reason: notices.outgrewComparison(pid, message) });
  }

  private replace({ backend, reason }: Pick<Replacement, 'backend' | 'reason'>): void {
    this.tracking = backend;
    const { name, getAndClear } = backend;
    this.life.events.emit({ type: 'backend', backend: name, atomic: getAndClear === 'atomic', reason });
  }
}
