import { createStore, type StoreApi } from 'zustand/vanilla';

/** A range of time, in ms of the session (live) or of the recording. */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** Position, zoom and range of everything with a time axis. */
export interface TimeStore {
  /** The position; null: the latest. Of a recording always the position of its playback. */
  readonly cursor: number | null;
  /** Number of the frame that a recording shows, from 0; null if nothing is played. */
  readonly frame: number | null;
  /** The time under the pointer. */
  readonly hover: number | null;
  /** What the time axes show; null: all that there is. */
  readonly zoom: TimeSpan | null;
  /** The selected range: to zoom to, to loop, to compare. */
  readonly range: TimeSpan | null;
}

const NOTHING: TimeStore = { cursor: null, frame: null, hover: null, zoom: null, range: null };

export const createTimeStore = (): StoreApi<TimeStore> => createStore<TimeStore>(() => NOTHING);

/** Another source has another clock. */
export const forgetTime = (store: StoreApi<TimeStore>): void => store.setState(NOTHING);

/** The contract counts nanoseconds, frames and windows milliseconds. */
export const nsOf = (ms: number): number => Math.max(0, Math.round(ms * 1e6));
export const msOf = (ns: number): number => ns / 1e6;
