/** The results of a step: JSON as in the file, with the names of the recorded traces. */
import type { PageCategory } from '#shared/memory/uapi.ts';

/** `ret` is exact: page-aligned addresses and counts fit a double. */
export interface Success {
  readonly ret: number;
}
export interface Failure {
  /** `EINVAL`, … */
  readonly errno: string;
}
interface Signalled {
  readonly signal: 'SIGSEGV' | 'SIGBUS' | 'SIGKILL';
  /** Index of the failing page, counted from the page of addr; the pages before it were accessed. */
  readonly page: number;
}

/** What the posted code did wrong in this call; only in mode `posted`, only if it happened. */
interface Defective {
  /** `B1` … `B12` of the ioctl's specification, ascending. */
  readonly defects?: readonly string[];
}
export interface IoctlSuccess extends Success, Defective {
  /** [byte offset from start, number of pages], in the order of vec; GET and GET_AND_CLEAR only. */
  readonly vecRuns?: readonly (readonly [number, number])[];
  /** Byte offsets; only if the scenario has fullVec. */
  readonly vec?: readonly number[];
}
interface IoctlFailure extends Failure, Defective {}
/** The posted code would have run off a table or out of its buffer endlessly; the simulator stopped it there. */
interface IoctlCrash {
  readonly crash: string;
  readonly defects: readonly string[];
}

export interface PagemapRun {
  /** Index of the first page, counted from the page of addr. */
  readonly page: number;
  readonly count: number;
  readonly present: boolean;
  readonly softDirty: boolean;
  readonly swapped: boolean;
  readonly fileOrShared: boolean;
  readonly exclusive: boolean;
  /** Bits 57 and 58: named only if set. */
  readonly uffdWp?: true;
  readonly guard?: true;
}
export interface PagemapResult extends Success {
  readonly runs: readonly PagemapRun[];
}

export interface VmaView {
  readonly start: string;
  readonly end: string;
  /** `rw-p` */
  readonly perms: string;
  readonly sd: boolean;
  readonly anonHugeKb: number;
  /** VmFlags of smaps, in its order. */
  readonly flags: string;
}
export interface VmasResult extends Success {
  readonly vmas: readonly VmaView[];
}

export interface PteRun {
  readonly addr: string;
  readonly pages: number;
  readonly level: 'pte' | 'pmd';
  readonly writable: boolean;
}
export interface PtesResult extends Success {
  readonly ptes: readonly PteRun[];
}

export interface HugeView {
  readonly addr: string;
  readonly writable: boolean;
}
export interface HugepagesResult extends Success {
  readonly huge: readonly HugeView[];
}

export interface PageRegion {
  readonly start: string;
  readonly end: string;
  readonly categories: readonly PageCategory[];
}
export interface PagemapScanResult extends Success {
  readonly walkEnd: string;
  readonly regions: readonly PageRegion[];
}

export type StepResult =
  | Success
  | Failure
  | Signalled
  | IoctlSuccess
  | IoctlFailure
  | IoctlCrash
  | PagemapResult
  | VmasResult
  | PtesResult
  | HugepagesResult
  | PagemapScanResult;
