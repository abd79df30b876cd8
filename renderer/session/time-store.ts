import { createStore, type StoreApi } from 'zustand/vanilla';

/** A stretch of time, in ms of the session (live) or of the recording. */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** Where everything that has a time axis stands; timeline and address × time share it. */
export interface TimeStore {
  /** The chosen moment; null: the latest of a live session, the position of a recording. */
  readonly cursor: number | null;
  /** The moment under the pointer. */
  readonly hover: number | null;
  /** What the time axes show; null: all that there is. */
  readonly zoom: TimeSpan | null;
}

export const createTimeStore = (): StoreApi<TimeStore> =>
  createStore<TimeStore>(() => ({ cursor: null, hover: null, zoom: null }));
