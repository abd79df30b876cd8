import type { ProcessEventKind } from '../contract/recording.ts';
import type { WatchedWord } from '../contract/words.ts';
import type { FoundWrite, WritersWatch } from '../contract/writers.ts';
import type { Parameter, ParameterValue } from '../contract/parameter.ts';
import type { StepComparison } from '../contract/step-comparison.ts';
import type { StepCall, StepsMove, StepsState, SubStep } from '../contract/steps.ts';
import type { PageRange } from '../memory/range.ts';
import type { ProgramFiles } from '../ranges/program-files.ts';
import type { TileSet } from '../memory/tile-set.ts';
import type { Vma } from '../memory/vma.ts';
import type { BackendName } from './backend.ts';
import type { Atomicity, Capabilities, ControlAction, WalkKind } from './capabilities.ts';
import type { SourceDescription } from './description.ts';
import type { HugeRestoration } from './huge-restoration.ts';
import type { OperationRequest, OperationResult } from './operation.ts';
import type { FoundSymbol, PageObjects } from './page-objects.ts';
import type { PageWalk } from './page-walk.ts';
import type { RerunLog } from './rerun.ts';
import type { Snapshot } from './snapshot.ts';
import type { TrackingCost } from './tracking-cost.ts';

/** `hold`: GET, the state since the last clear. `interval`: get+clear, what was written since the last sample. */
export const SAMPLE_MODES = ['hold', 'interval'] as const;
export type SampleMode = (typeof SAMPLE_MODES)[number];

export interface SampleRequest {
  readonly mode: SampleMode;
  /** Empty on call; the source sets planes in it: Written and Fresh always, the other state planes if `state`. */
  readonly tiles: TileSet;
  /** Whether to read present, swapped and so on too; the session asks for them less often. */
  readonly state: boolean;
  /**
   * Milliseconds that a program without a clock of its own (a simulated one) runs before it is observed, default 0:
   * the session's clock decides how far it gets, so a source needs none. Real programs run by themselves.
   */
  readonly elapsed?: number;
  /** Only these pages, if the source can leave out others; default all. */
  readonly range?: PageRange;
  /**
   * In mode interval: everything written since it was last cleared is reported as written and armed, like an explicit
   * GET_AND_CLEAR. By default a source may arm pages that are written all the time less often (plane Hot).
   */
  readonly explicit?: boolean;
}

export interface Sample {
  /**
   * Ascending, not overlapping; as they were observed, so before an interval sample cleared VM_SOFTDIRTY. The same
   * array object as last time if nothing changed.
   */
  readonly vmas: readonly Vma[];
  /** Time spent reading, in nanoseconds. */
  readonly scanNs: number;
}

/** How far the program is; a field is null if the source does not know it. */
export interface SourceProgress {
  /** Whether the program runs or is held. */
  readonly running: boolean | null;
  /** What else stopped the program, in words: a signal, a debugger; missing if nothing did. */
  readonly stopped?: string;
  /** Steps taken by a workload. */
  readonly step: number | null;
}

/** Events of a source. */
export type SourceEvent =
  | { readonly type: 'ended'; readonly reason: 'exit' | 'exec' | 'lost'; readonly message: string }
  | {
      readonly type: 'notice';
      readonly message: string;
      /** What it is about if that is an event of a process; recordings keep it (`/process_events`). */
      readonly process?: { readonly kind: ProcessEventKind; readonly pid: number | null };
      /** Pids of all children that it names. */
      readonly children?: readonly number[];
    }
  /** The program is stopped and waits for one sample: its memory is about to be lost. */
  | { readonly type: 'last-sample' }
  /** The state of the source has changed. */
  | { readonly type: 'changed' }
  /** Another backend tracks the program from now on: description and capabilities are different. `none`: nothing does. */
  | {
      readonly type: 'backend';
      readonly backend: BackendName | 'none';
      readonly atomic: boolean;
      readonly reason: string;
    }
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string };

/** GET, CLEAR and GET_AND_CLEAR of ranges. */
export interface RangeOperations {
  readonly getAndClear: Exclude<Atomicity, 'none'>;
  /** Whether NO_REUSED_REGIONS changes anything (sources that know VM_SOFTDIRTY). */
  readonly noReusedRegions: boolean;
  /** Why every clear takes something from another program, in words; undefined if it takes nothing. */
  readonly clearsForOthers: string | undefined;
  /** An operation in the ioctl's terms. A refused request is a result, not a rejection. */
  operate(request: OperationRequest): Promise<OperationResult>;
}

/** clear_refs "4": the whole process. */
export interface ClearRefs {
  clearRefs(): Promise<void>;
}

export interface PageTables {
  /** `entries`: real page-table entries; `address`: only the address's split into indexes. */
  readonly walkKind: Exclude<WalkKind, 'none'>;
  /** The page-table walk of one page. */
  walk(page: number): Promise<PageWalk>;
}

/** Contents of pages. */
export interface MemoryContents {
  /** Contents of whole pages; shorter than asked where memory is not readable. Never changes the program. */
  bytes(page: number, pages: number): Promise<Uint8Array>;
}

/** What a program keeps at its addresses. Only reads; its calls may overlap all others, and each other. */
export interface ProgramObjects {
  /** Variables and heap blocks in a page. */
  objects(page: number): Promise<PageObjects>;
  /** The variable of that name, mangled or not; null if no loaded file has one. */
  symbol(name: string): Promise<FoundSymbol | null>;
  /** Its mapped files with their build ids. */
  files(): Promise<ProgramFiles>;
}

/** The program can be stopped while a range is read. */
export interface Snapshots {
  /** The pages of a range at one time, with contents; at most MAX_SNAPSHOT_PAGES pages, else it rejects with `bad-request`. */
  snapshot(start: number, pages: number): Promise<Snapshot>;
}

/** The program can be paused, stepped or killed. */
export interface ExecutionControl {
  /** What `control` accepts. */
  readonly actions: readonly ControlAction[];
  control(action: ControlAction): Promise<void>;
}

/** The program is played by sub-steps, forward and back: contract/steps.ts. Samples show the state at the position. */
export interface Stepping {
  state(): StepsState;
  /** False if there is no such sub-step: nothing has moved. */
  move(move: StepsMove): boolean;
  /** Known sub-steps after the first `from`, at most `count`. */
  list(from: number, count: number): { subSteps: SubStep[]; calls: StepCall[] };
  /** Keeps the current position for `compare`, or forgets the one that is kept. */
  keep(keep: boolean): void;
  /** What differs between the kept position and the current one; the walk of `page` too. `bad-request` if none is kept. */
  compare(page: number | null): StepComparison;
  /** Reads or writes one page beside the program; its sub-steps come next. */
  access(page: number, write: boolean): void;
}

/** Which code writes to which pages. */
export interface WriterWatching {
  /**
   * From now on passes on the first write to each page of the range that an interval sample reports as written, before `sample`
   * resolves. Replaces an earlier call's. Nothing of the program is stopped. Throws InspectorError if that is not permitted.
   */
  watch(request: WritersWatch, onWrites: (writes: readonly FoundWrite[]) => void): void;
  stop(): void;
  /** Page faults whose writer is not known because there were too many, since `watch`. */
  readonly lost: number;
  /** Why functions are not named; null if they are, and while nothing is watched. */
  readonly limitation: string | null;
}

/** Writes to single words are counted. Calls may overlap all others. */
export interface WordWatching {
  /** Counts the writes to `size` bytes (1, 2, 4 or 8) at an address that is a multiple of it, from now on. Throws InspectorError. */
  watch(address: bigint, size: number): WordWatch;
  /** Like `watch`, with the code that writes. Throws InspectorError. */
  writers(address: bigint, size: number): WordWriters;
}

/** What is known about a watched word. */
export type FoundWordWrites = Omit<WatchedWord, 'id' | 'address' | 'size'>;

export interface WordWriters {
  /** Takes what was written since the last call; to be called many times a second. */
  poll(): void;
  found(): FoundWordWrites;
  close(): void;
}

export interface WordWatch {
  /** Writes since the last call. */
  take(): number;
  /** Why they are no longer counted; null while they are. */
  ended(): string | null;
  close(): void;
}

/** What can be changed while the source is open. */
export interface SourceSettings {
  readonly parameters: readonly Parameter[];
  /** The current value of every parameter, by name. */
  values(): Readonly<Record<string, ParameterValue>>;
  /** Changes one; rejects with `bad-request` if name or value does not fit, and nothing has changed. */
  set(name: string, value: ParameterValue): Promise<void>;
}

/** Tracking splits huge pages, which can be restored afterwards. */
export interface HugePageTracking {
  /** Tiles that were huge pages before this source tracked them, and are split: to be restored after it, too. */
  expectHuge(tiles: readonly number[]): void;
  /**
   * Like `close`: what is needed to restore huge pages that were split, or null if there is nothing to restore. The caller
   * runs or closes that.
   */
  detach(): Promise<HugeRestoration | null>;
}

/** What a source can do, in groups; null if it cannot. They can change while it is open (event `backend`). */
export interface SourceAbilities {
  /** Null if nothing tracks the program. */
  readonly operations: RangeOperations | null;
  readonly wholeProcess: ClearRefs | null;
  readonly pageTables: PageTables | null;
  readonly memory: MemoryContents | null;
  readonly programObjects: ProgramObjects | null;
  readonly snapshots: Snapshots | null;
  readonly execution: ExecutionControl | null;
  readonly writers: WriterWatching | null;
  readonly words: WordWatching | null;
  /** Null if it runs by itself. */
  readonly stepping: Stepping | null;
}

/**
 * A tracked address space. Made open, closed once; every method rejects with an InspectorError after `close`, and
 * after the program ended with kind `program-ended`. Calls do not overlap: the session makes them one after another.
 */
export interface TrackingSource extends SourceAbilities {
  readonly description: SourceDescription;
  readonly settings: SourceSettings | null;
  readonly hugePages: HugePageTracking | null;
  /** With it the program runs again to the same state; null if that is not possible. */
  readonly rerun: RerunLog | null;

  /** One observation. Nothing written is lost between interval samples where getAndClear is `atomic`. */
  sample(request: SampleRequest): Promise<Sample>;

  progress(): SourceProgress;

  /** The current cost of tracking to the program; null if there is none. Cheap: called once a second. */
  cost(): TrackingCost | null;

  /** The listener is called until the returned function is. */
  onEvent(listener: (event: SourceEvent) => void): () => void;

  /** Detaches; leaves a program that we did not launch running and untouched. Idempotent. */
  close(): Promise<void>;
}

/** What crosses to the window and into recordings of what a source can do. */
export function capabilitiesOf(source: SourceAbilities): Capabilities {
  const { operations, wholeProcess, pageTables, memory, programObjects } = source;
  const { snapshots, execution, writers, words, stepping } = source;
  return {
    get: operations !== null,
    clear: operations !== null,
    getAndClear: operations?.getAndClear ?? 'none',
    noReusedRegions: operations?.noReusedRegions ?? false,
    clearRefs: wholeProcess !== null,
    ...(operations?.clearsForOthers !== undefined && { clearsForOthers: operations.clearsForOthers }),
    walk: pageTables?.walkKind ?? 'none',
    bytes: memory !== null,
    snapshot: snapshots !== null,
    control: [...(execution?.actions ?? [])],
    seek: false,
    ...(writers !== null && { writers: true }),
    ...(words !== null && { words: true }),
    ...(stepping !== null && { steps: true }),
    ...(programObjects !== null && { objects: true }),
  };
}
