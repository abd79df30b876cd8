import type { ProcessEventKind } from '../contract/recording.ts';
import type { Parameter, ParameterValue } from '../contract/parameter.ts';
import type { PageRange } from '../memory/range.ts';
import type { TileSet } from '../memory/tile-set.ts';
import type { Vma } from '../memory/vma.ts';
import type { BackendName } from './backend.ts';
import type { Capabilities, ControlAction } from './capabilities.ts';
import type { SourceDescription } from './description.ts';
import type { HugeRestoration } from './huge-restoration.ts';
import type { OperationRequest, OperationResult } from './operation.ts';
import type { PageWalk } from './page-walk.ts';
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
  /** Only these pages, where the source can leave out others; default all. */
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
   * array object as last time where nothing changed.
   */
  readonly vmas: readonly Vma[];
  /** Time spent reading, in nanoseconds. */
  readonly scanNs: number;
}

/** How far the program is; a field is null where the source does not know it. */
export interface SourceProgress {
  /** Whether the program runs or is held. */
  readonly running: boolean | null;
  /** Steps taken by a workload. */
  readonly step: number | null;
}

/** Events of a source. */
export type SourceEvent =
  | { readonly type: 'ended'; readonly reason: 'exit' | 'exec' | 'lost'; readonly message: string }
  | {
      readonly type: 'notice';
      readonly message: string;
      /** What it is about where that is an event of a process; recordings keep it (`/process_events`). */
      readonly process?: { readonly kind: ProcessEventKind; readonly pid: number | null };
      /** Pids of all children that it names. */
      readonly children?: readonly number[];
    }
  /** The program is stopped and waits for one sample: its memory is about to be lost. */
  | { readonly type: 'last-look' }
  /** Its state has changed. */
  | { readonly type: 'changed' }
  /** Another backend tracks the program from now on: description and capabilities are different. `none`: nothing does. */
  | {
      readonly type: 'backend';
      readonly backend: BackendName | 'none';
      readonly atomic: boolean;
      readonly reason: string;
    }
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string };

/**
 * A tracked address space. Made open, closed once; every method rejects with an InspectorError after `close`, and
 * after the program ended with kind `program-ended`. Calls do not overlap: the session makes them one after another.
 */
export interface TrackingSource {
  readonly description: SourceDescription;
  readonly capabilities: Capabilities;

  /** One observation. Nothing written is lost between interval samples where getAndClear is `atomic`. */
  sample(request: SampleRequest): Promise<Sample>;

  /** GET, CLEAR or GET_AND_CLEAR of a range, in the ioctl's terms. A refused request is a result, not a rejection. */
  operate(request: OperationRequest): Promise<OperationResult>;

  /** clear_refs "4". */
  clearRefs?(): Promise<void>;

  /** The page-table walk of one page. */
  walk?(page: number): Promise<PageWalk>;

  /** Contents of whole pages; shorter than asked where memory is not readable. Never changes the program. */
  bytes?(page: number, pages: number): Promise<Uint8Array>;

  /** The pages of a range at one time, with contents; at most MAX_SNAPSHOT_PAGES pages, else it rejects with `bad-request`. */
  snapshot?(start: number, pages: number): Promise<Snapshot>;

  control?(action: ControlAction): Promise<void>;

  /** What can be changed while the source is open; absent where nothing can. */
  readonly settings?: readonly Parameter[];

  /** The present value of every setting, by name. */
  values?(): Readonly<Record<string, ParameterValue>>;

  /** Changes one setting; rejects with `bad-request` where name or value does not fit, and nothing has changed. */
  set?(name: string, value: ParameterValue): Promise<void>;

  progress?(): SourceProgress;

  /** The current cost of tracking to the program; absent if there is none. Cheap: called once a second. */
  cost?(): TrackingCost;

  /** The listener is called until the returned function is. */
  onEvent(listener: (event: SourceEvent) => void): () => void;

  /**
   * Like `close`, where tracking may have split huge pages: what is needed to restore them, or null where there is nothing
   * to restore. The caller runs or closes that.
   */
  detach?(): Promise<HugeRestoration | null>;

  /** Tiles that were huge pages before this source tracked them, and are split: to be restored after it, too. */
  expectHuge?(tiles: readonly number[]): void;

  /** Detaches; leaves a program that we did not launch running and untouched. Idempotent. */
  close(): Promise<void>;
}
