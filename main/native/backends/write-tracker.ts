import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { BackendName } from '#shared/source/backend.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { OperationName } from '#shared/source/operation.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import type { RegionList } from '../tracking/region-list.ts';

/**
 * Which pages of one process were written. All ranges are in pages; without a range, all of its memory. Every method
 * throws InspectorError `program-ended` once the address space no longer exists.
 */
export interface WriteTracker {
  /** Ascending; as they were observed by the last call. The same array object if nothing changed. */
  readonly vmas: readonly Vma[];

  /**
   * Puts the pages that count as written into `out`, which is emptied first: WRITTEN, or SOFT_DIRTY alone if a page
   * counts only because its VMA is new. At most `maxPages`, unless 0, the lowest. With `get-and-clear` what was reported
   * is no longer written. `holes`: also those without an entry, if the kernel counts them (new VMAs); a new mapping of
   * a terabyte is one region.
   */
  read(
    what: 'get' | 'get-and-clear',
    out: RegionList,
    range?: PageRange,
    maxPages?: number,
    holes?: boolean,
  ): void;

  /**
   * One of many samples at a steady rate: as `get-and-clear`, but pages that are written all the time may be left
   * unarmed for some samples, which report them as PAGE_WAS.HOT alone, unless `exact`. Absent if nothing is armed.
   */
  sample?(out: RegionList, exact: boolean, range?: PageRange): void;

  /** Marks the pages of `range` as not written. */
  clear(range?: PageRange): void;

  /** Pages that have an entry, with what is known of PRESENT, SWAPPED, PFNZERO, HUGE, GUARD, into `out`, emptied first. */
  state(out: RegionList, range?: PageRange): void;

  /**
   * Awaited before `read`, `clear` or `state` of all memory, if present: does slow work in pieces
   * and yields in between, for about `budgetMs` if the rest may be left for the next time (what is not known yet is
   * reported later then, and never lost). Rejects when `signal` is aborted.
   */
  prepare?(budgetMs?: number, signal?: AbortSignal): Promise<void>;

  /** Whether the program still lives in this address space. */
  alive(): boolean;

  /** The pagemap entry of a page, 64 bits; null if it cannot be read. */
  pagemapEntry(page: number): bigint | null;

  /** Huge pages that were armed when their mapping was registered, not by `read`; emptied by the caller that counts them. */
  readonly armedHuge?: RegionList;

  /** The costs that it knows; missing ones are zero, or not measured. Cheap: read once a second. */
  cost?(): Partial<TrackingCost>;

  /** Restores the program to its untracked state. */
  close(): void;
}

/** Resources kept from a closed tracker, to open it again without touching the program's threads. */
export interface SuspendedBackend {
  /** Opens the tracker again, with nothing cleared; null if that is no longer possible. Throws InspectorError. Once. */
  resume(): Backend | null;
  close(): void;
}

/** A tracker on a process, with its description for the user. */
export interface Backend {
  /** `none`: nothing is tracked. */
  readonly name: BackendName | 'none';
  /** Name in status lines. */
  readonly label: string;
  readonly tracker: WriteTracker;
  /** Whether the program's mappings are registered with a userfaultfd of ours, so that one of its own cannot be. */
  readonly registers: boolean;
  readonly getAndClear: Capabilities['getAndClear'];
  /** Clearing everything is clear_refs "4", which others can see. */
  readonly clearRefs: boolean;
  /** Selected because no better one can be used; if it cannot continue, nothing is tracked instead. */
  readonly isFallback?: boolean;
  /** Notice for the user once it is open. */
  readonly notice?: string;
  /** False: opening clears nothing, because everything is clear already, or because others use the bits too. */
  readonly clearsAtStart?: boolean;
  /** Why clearing affects another program; missing if it does not. */
  readonly clearsForOthers?: string;
  /** How long the program was stopped to attach, in nanoseconds. */
  readonly stoppedNs: number;
  /** Called before its tracker is closed: it may be opened again afterwards. Missing if it cannot. */
  suspend?(): SuspendedBackend;
  /** A caveat about results of `op`. */
  notes(op: OperationName): readonly string[];
  /** Why a page with pagemap entry `entry` counts as written, or not. */
  explain(entry: bigint, written: boolean): string;
}
