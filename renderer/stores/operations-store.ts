import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { OperationName, OperationRequest, OperationResult } from '#shared/source/operation.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** One operation with its result. */
export interface LogEntry {
  readonly id: number;
  /** Wall-clock time of asking, for the reader. */
  readonly at: Date;
  readonly what: OperationName | 'clear_refs';
  readonly request: OperationRequest | null;
  /** The fields from which it was made, as they were typed; null if it was not made from the form. */
  readonly typed: OperationForm | null;
  /** Null while it runs. */
  readonly result: OperationResult | null;
  /** Why it did not run at all. */
  readonly error: InspectorErrorData | null;
}

/** The operations form's fields, as typed. */
export interface OperationForm {
  readonly start: string;
  readonly len: string;
  /** Empty: as many places as the range has pages. */
  readonly vecLen: string;
  readonly noReused: boolean;
}

export interface OperationsStore {
  readonly form: OperationForm;
  readonly log: readonly LogEntry[];
  /** The entry whose result is shown and outlined on the map; null: none. */
  readonly shown: number | null;
}

export const LOG_KEPT = 500;

export const EMPTY_FORM: OperationForm = { start: '', len: '', vecLen: '', noReused: false };

export function createOperationsStore(): StoreApi<OperationsStore> {
  return createStore<OperationsStore>(() => ({
    form: EMPTY_FORM,
    log: [],
    shown: null,
  }));
}

export function shownEntry(store: OperationsStore): LogEntry | null {
  return store.log.find((entry) => entry.id === store.shown) ?? null;
}

/** (first page, pages) pairs as ranges. */
export function runsOf(pairs: Float64Array): PageRange[] {
  const ranges: PageRange[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const start = pairs[i] ?? 0;
    ranges.push({ start, end: start + (pairs[i + 1] ?? 0) });
  }
  return ranges;
}
