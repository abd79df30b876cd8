import type { PageRange } from '#shared/memory/range.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** One selection for all views. */
export interface SelectionStore {
  /** The selected pages, or null. */
  readonly range: PageRange | null;
  /** The page that the keys move; always a page of a VMA while a picture is there. */
  readonly cursor: number | null;
  /** The byte of the cursor's page that the bytes view is at. */
  readonly byte: number;
  /** The page under the pointer. */
  readonly hover: number | null;
  /** Where a range that is being extended began. */
  readonly anchor: number | null;
}

export function createSelectionStore(): StoreApi<SelectionStore> {
  return createStore<SelectionStore>(() => ({
    ...{ range: null, cursor: null, byte: 0, hover: null, anchor: null },
  }));
}

/** Selects one page, the cursor goes there. @param byte of the page, for the bytes view; default: the current one */
export function selectPage(store: StoreApi<SelectionStore>, page: number, byte?: number): void {
  store.setState({
    ...{ range: { start: page, end: page + 1 }, cursor: page, anchor: page },
    ...(byte !== undefined && { byte }),
  });
}

/** Selects from the anchor to `page`, both included. */
export function extendTo(store: StoreApi<SelectionStore>, page: number): void {
  const { anchor, cursor } = store.getState();
  const from = anchor ?? cursor ?? page;
  store.setState({
    range: { start: Math.min(from, page), end: Math.max(from, page) + 1 },
    cursor: page,
    anchor: from,
  });
}

export function selectRange(store: StoreApi<SelectionStore>, range: PageRange): void {
  const { start, end } = range;
  store.setState({ range: { start, end }, cursor: start, anchor: start });
}

export function clearSelection(store: StoreApi<SelectionStore>): void {
  store.setState({ range: null, anchor: null });
}
