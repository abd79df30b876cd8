import { forEachRun } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { HistoryEntry } from '../../session/frame-history.ts';
import type { AddressAxis } from './address-axis.ts';

/** Heat of one page of many in a cell: far enough from the ground to be seen. */
const LEAST = 96;
const MOST = 255;

/** What a frame shows along the axis: only cells in which something was written. */
export interface HeatColumn {
  readonly rows: Uint32Array;
  /** 1 … 255: how many of the cell's pages, in logarithms; 255 is all of them. */
  readonly heat: Uint8Array;
}

/** Heat of `count` written pages in a cell that stands for `capacity`. One page is never 0, however many there are. */
export function heatOfCount(count: number, capacity: number): number {
  if (count <= 0) return 0;
  if (count >= capacity) return MOST;
  return Math.round(LEAST + (MOST - LEAST) * (Math.log(count) / Math.log(capacity)));
}

/**
 * Pages of `entry` by pixel of the axis: every written page is counted in exactly one pixel, or fills those that it
 * spans where it is larger than one.
 * @param ratio device pixels in a pixel of the axis
 */
export function countColumn(entry: HistoryEntry, axis: AddressAxis, ratio: number): Map<number, number> {
  const counts = new Map<number, number>();
  const scale = axis.scale * ratio;
  const add = (row: number, pages: number): void => {
    counts.set(row, (counts.get(row) ?? 0) + pages);
  };
  for (const [tile, words] of entry.written) {
    const base = tile * PAGES_PER_TILE;
    forEachRun(words, 0, (from, to) => {
      for (let i = Math.max(0, axis.spanBefore(base + from)); i < axis.spans.length; i++) {
        const span = axis.spans[i];
        if (!span || span.start >= base + to) break;
        const start = Math.max(span.start, base + from);
        const end = Math.min(span.end, base + to);
        if (start < end) spread(start - span.start, end - span.start, axis.top(span) * ratio, scale, add);
      }
    });
  }
  return counts;
}

/** Gives the pages `from` … `to` - 1 of a span that begins at `top` to their pixels. */
function spread(
  from: number,
  to: number,
  top: number,
  scale: number,
  add: (row: number, pages: number) => void,
): void {
  if (scale >= 1) {
    const end = Math.max(Math.round(top + from * scale) + 1, Math.round(top + to * scale));
    for (let row = Math.round(top + from * scale); row < end; row++) add(row, 1);
    return;
  }
  let page = from;
  while (page < to) {
    const row = Math.floor(top + page * scale);
    const next = Math.min(to, Math.max(page + 1, Math.ceil((row + 1 - top) / scale)));
    add(row, next - page);
    page = next;
  }
}

/** Columns of the frames that are kept, each made once for an axis. */
export class HeatColumns {
  private axis: AddressAxis | null = null;
  private ratio = 1;
  private made = new WeakMap<HistoryEntry, HeatColumn>();

  of(entry: HistoryEntry, axis: AddressAxis, ratio: number): HeatColumn {
    if (axis !== this.axis || ratio !== this.ratio) {
      this.axis = axis;
      this.ratio = ratio;
      this.made = new WeakMap();
    }
    const known = this.made.get(entry);
    if (known) return known;
    const counts = countColumn(entry, axis, ratio);
    const capacity = Math.max(1, 1 / (axis.scale * ratio));
    const column = {
      rows: Uint32Array.from(counts.keys()),
      heat: Uint8Array.from(counts.values(), (count) => heatOfCount(count, capacity)),
    };
    this.made.set(entry, column);
    return column;
  }
}
