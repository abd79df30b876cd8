import type { TileSet } from '#shared/memory/tile-set.ts';
import type { BackendName } from '#shared/source/backend.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import type { MapsVma } from '../native/process/maps.ts';
import type { MappingTracking } from './exceptions.ts';
import type { CountsReport } from './watch-counts.ts';
import type { EndReason } from './watch-ending.ts';

/** What is being watched, and how. */
export interface WatchInfo {
  readonly pid: number;
  /** The program's name. */
  readonly title: string;
  readonly backend: BackendName | 'none';
  /** Whether reading and clearing is one step, so that nothing is lost while the program runs. */
  readonly atomic: boolean;
  /** Mappings in range of which not every write is seen. */
  readonly exceptions: readonly MappingTracking[];
  /** Samples a second. */
  readonly hz: number;
  /** What tracking currently costs the program. */
  readonly cost: () => TrackingCost;
}

/** Another backend tracks the program from now on. */
export interface BackendChange {
  readonly backend: BackendName | 'none';
  readonly atomic: boolean;
  readonly reason: string;
}

/** A mark, or the end of a phase, in a watch. */
export interface WatchMark {
  /** Milliseconds since the attach. */
  readonly t: number;
  readonly note: string;
  /** Pages that were written in the phase; null: a mark. */
  readonly pages: number | null;
}

/** Shows a watch; times are milliseconds since it was attached. */
export interface WatchView {
  /** Everything in range is armed. */
  attached(info: WatchInfo): Promise<void>;
  /** One sample: the planes of events of `written`, which belongs to the caller again afterwards. */
  sample(written: TileSet, time: number): void;
  /** The tracking of a mapping changed; `tracking` may be `exact`. */
  mappingChanged(mapping: MappingTracking): void;
  /** The samples that follow come from another backend. */
  backendChanged(change: BackendChange): void;
  /** After the sample that it belongs to. */
  marked(mark: WatchMark): void;
  /** How often pages were written, before the end: called once, with --counts. */
  counts(report: CountsReport, mappings: readonly MapsVma[]): void;
  /** A message for the user; ends with a line end. */
  message(text: string): void;
  /** The program is detached; null: the watch failed. Resolves when everything is printed. */
  detached(reason: EndReason | null, time: number): Promise<void>;
}
