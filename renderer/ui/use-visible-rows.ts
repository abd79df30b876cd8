import { useVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';

/** Rows kept on each side of those in view. */
const SPARE = 8;
/** Rows that are drawn until the list is measured. */
const ASSUMED_ROWS = 40;

export interface VisibleRows {
  /** Index of the first row that is drawn. */
  readonly first: number;
  /** Rows drawn, from `first` on; the list may end before. */
  readonly count: number;
  /** Rows that PageUp and PageDown move by. */
  readonly page: number;
  /** Scrolls until row `index` is in view. */
  readonly reveal: (index: number) => void;
}

/**
 * The rows of a list that are in view, where each is `rowHeight` pixels high: only these are in the document.
 * @param count of all rows
 * @param headHeight of what stays at the top while the rows scroll below it, in pixels
 */
export function useVisibleRows(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  headHeight = 0,
): VisibleRows {
  // oxlint-disable-next-line react/incompatible-library -- React Compiler is not used: nothing is memoized
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialRect: { width: 0, height: ASSUMED_ROWS * rowHeight },
    overscan: SPARE,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    useFlushSync: false,
  });
  const height = (rows.scrollRect?.height ?? 0) - headHeight;
  const drawn = rows.getVirtualIndexes();
  return {
    first: drawn[0] ?? 0,
    count: drawn.length,
    page: Math.max(1, Math.floor(height / rowHeight) - 1),
    reveal: (index) => rows.scrollToIndex(index),
  };
}

/** Where a key moves the active row of `count` rows to; null if the key does not move it. */
export function movedRow(key: string, active: number, count: number, page: number): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: count - 1,
  };
  const move = moves[key];
  return move === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, move));
}
