import { type RefObject, useEffect, useState } from 'react';

/** Rows kept on each side of those in view. */
const SPARE = 8;

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
 * @param headHeight of what stays at the top while the rows scroll below it
 */
export function useVisibleRows(
  scroller: RefObject<HTMLElement | null>,
  rowHeight: number,
  headHeight = 0,
): VisibleRows {
  const [seen, setSeen] = useState({ first: 0, rows: 40 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = (): void => {
      const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE);
      const rows = Math.ceil(element.clientHeight / rowHeight);
      setSeen((old) => (old.first === first && old.rows === rows ? old : { first, rows }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [scroller, rowHeight]);
  const reveal = (index: number): void => {
    const top = index * rowHeight;
    if (scroller.current) scrollIntoView(scroller.current, top, top + rowHeight + headHeight);
  };
  return { first: seen.first, count: seen.rows + 2 * SPARE, page: Math.max(1, seen.rows - 2), reveal };
}

/** Scrolls as little as brings the pixels from `top` to `bottom` into view. */
function scrollIntoView(element: HTMLElement, top: number, bottom: number): void {
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) {
    element.scrollTop = bottom - element.clientHeight;
  }
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
