import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type {
  GetWriteWatchReply,
  GetWriteWatchRequest,
  WindowsError,
  WriteWatchState,
} from '#shared/contract/write-watch.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** The fields of a call, as typed. */
export interface WatchForm {
  readonly base: string;
  readonly size: string;
  /** Empty: as many as the range has pages. */
  readonly count: string;
  readonly flags: string;
  /** Pointers that are NULL. */
  readonly nullAddresses: boolean;
  readonly nullCount: boolean;
  readonly nullGranularity: boolean;
}

/** The last call with its outcome. */
export type WatchCall =
  | {
      readonly name: 'GetWriteWatch';
      readonly request: GetWriteWatchRequest;
      /** Null while it runs, and where it failed. */
      readonly reply: GetWriteWatchReply | null;
      readonly failure: InspectorErrorData | null;
      /** The returned pages as runs. */
      readonly runs: readonly PageRange[];
    }
  | {
      readonly name: 'ResetWriteWatch';
      readonly range: PageRange;
      readonly error: WindowsError | null;
      readonly failure: InspectorErrorData | null;
    };

export interface WriteWatchStore {
  readonly state: WriteWatchState;
  readonly form: WatchForm;
  readonly call: WatchCall | null;
  /** Why a region could not be watched or used. */
  readonly problem: InspectorErrorData | null;
}

export const EMPTY_WATCH_FORM: WatchForm = {
  ...{ base: '', size: '', count: '', flags: '0' },
  ...{ nullAddresses: false, nullCount: false, nullGranularity: false },
};

export const NOTHING_WATCHED: WriteWatchStore = {
  state: { regions: [], use: null },
  form: EMPTY_WATCH_FORM,
  call: null,
  problem: null,
};

export const createWriteWatchStore = (): StoreApi<WriteWatchStore> =>
  createStore<WriteWatchStore>(() => NOTHING_WATCHED);

/** The pages that the last call reset; null: none. */
export function resetOf({ call }: WriteWatchStore): PageRange | null {
  if (call?.name === 'ResetWriteWatch') return call.error === 'ERROR_SUCCESS' ? call.range : null;
  return call?.reply?.reset ?? null;
}
