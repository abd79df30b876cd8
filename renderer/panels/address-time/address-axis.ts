import { lowerBound } from '#shared/memory/lower-bound.ts';
import { intersectRanges, type PageRange } from '#shared/memory/range.ts';

/** Pages that follow each other on the axis. */
export interface Span extends PageRange {
  /** Pages and gaps of the spans before it. */
  readonly pagesBefore: number;
  readonly gapsBefore: number;
  /** Pages left out between it and the span before. */
  readonly skipped: number;
}

const GAP = 6;
/** Gaps take no more of the height than this, however many there are. */
const GAP_SHARE = 0.25;

/**
 * Addresses along a line: mapped pages ascend, what is unmapped or folded is a gap of a few pixels. All positions are
 * pixels from the line's beginning, and arithmetic: nothing is kept a page.
 */
export class AddressAxis {
  readonly spans: readonly Span[];
  readonly pages: number;
  readonly length: number;
  /** Pixels a page, and a gap. */
  readonly scale: number;
  readonly gap: number;

  /**
   * @param mapped ascending, not overlapping
   * @param folded ranges that are left out, ascending
   * @param within what is shown; null: everything
   * @param length pixels
   */
  constructor(
    mapped: readonly PageRange[],
    folded: readonly PageRange[],
    within: PageRange | null,
    length: number,
  ) {
    const spans: Span[] = [];
    let pages = 0;
    const add = (range: PageRange): void => {
      const part = within ? intersectRanges(range, within) : range;
      if (!part) return;
      const { start, end } = part;
      const last = spans.at(-1);
      if (last?.end === start) spans[spans.length - 1] = { ...last, end };
      else {
        const skipped = last ? start - last.end : 0;
        spans.push({ start, end, pagesBefore: pages, gapsBefore: spans.length, skipped });
      }
      pages += end - start;
    };
    let fold = 0;
    for (const { start, end } of mapped) {
      let from = start;
      while ((folded[fold]?.end ?? Infinity) <= start) fold++;
      for (let next = folded[fold]; next && next.start < end; next = folded[++fold]) {
        if (next.start > from) add({ start: from, end: next.start });
        from = next.end;
      }
      if (from < end) add({ start: from, end });
    }
    this.spans = spans;
    this.pages = pages;
    this.length = length;
    const gaps = Math.max(0, spans.length - 1);
    this.gap = gaps === 0 ? 0 : Math.min(GAP, (length * GAP_SHARE) / gaps);
    this.scale = pages === 0 ? 0 : (length - gaps * this.gap) / pages;
  }

  /** Whether both place every page alike. */
  equals(other: AddressAxis): boolean {
    return (
      this.length === other.length &&
      this.spans.length === other.spans.length &&
      this.spans.every((span, i) => span.start === other.spans[i]?.start && span.end === other.spans[i]?.end)
    );
  }

  /** Where the span begins. */
  top({ pagesBefore, gapsBefore }: Span): number {
    return pagesBefore * this.scale + gapsBefore * this.gap;
  }

  /** Where `page` begins; null if it is not on the axis. */
  yOf(page: number): number | null {
    const span = this.spans[this.spanBefore(page)];
    return span && page < span.end ? this.top(span) + (page - span.start) * this.scale : null;
  }

  /** The pages that share the pixel at `y`; in a gap those nearest below. Null if the axis is empty. */
  pagesAt(y: number): PageRange | null {
    const span = this.spans[this.spanAt(y)] ?? this.spans[0];
    if (!span) return null;
    const top = this.top(span);
    const last = span.end - span.start - 1;
    const here = Math.min(last, Math.max(0, Math.floor((y - top) / this.scale)));
    if (this.scale >= 1) return { start: span.start + here, end: span.start + here + 1 };
    const row = Math.floor(y);
    const first = Math.min(here, Math.max(0, Math.ceil((row - top) / this.scale)));
    const end = Math.max(here + 1, Math.min(last + 1, Math.ceil((row + 1 - top) / this.scale)));
    return { start: span.start + first, end: span.start + end };
  }

  /** The part of the line that `range` takes, gaps within included; null if nothing of it is shown. */
  extent({ start, end }: PageRange): { readonly from: number; readonly to: number } | null {
    let [from, to] = [Infinity, -Infinity];
    for (let i = Math.max(0, this.spanBefore(start)); i < this.spans.length; i++) {
      const span = this.spans[i];
      if (!span || span.start >= end) break;
      const part = intersectRanges(span, { start, end });
      if (!part) continue;
      const top = this.top(span);
      from = Math.min(from, top + (part.start - span.start) * this.scale);
      to = top + (part.end - span.start) * this.scale;
    }
    return from < to ? { from, to } : null;
  }

  /** Index of the last span that begins at or before `page`, or -1. */
  spanBefore(page: number): number {
    return this.search(({ start }) => start <= page);
  }

  /** Index of the last span that begins at or above `y`, or -1. */
  private spanAt(y: number): number {
    return this.search((span) => this.top(span) <= y);
  }

  private search(holds: (span: Span) => boolean): number {
    const { spans } = this;
    const index = lowerBound(0, spans.length, (i) => {
      const span = spans[i];
      return span === undefined || !holds(span);
    });
    return index - 1;
  }
}
