import { lowerBound } from '#shared/memory/lower-bound.ts';
import { MAX_ADDRESS_BUCKETS } from '#shared/contract/write-history.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { AddressAxis } from './address-axis.ts';

/** Heat of one page of many in a cell: distinct enough from the background to be seen. */
const MIN_HEAT = 96;
const MAX_HEAT = 255;

/** Heat of `count` written pages in a cell of `capacity` pages. One page is never 0, however many there are. */
export function heatOfCount(count: number, capacity: number): number {
  if (count <= 0) return 0;
  if (count >= capacity) return MAX_HEAT;
  return Math.round(MIN_HEAT + (MAX_HEAT - MIN_HEAT) * (Math.log(count) / Math.log(capacity)));
}

/**
 * Groups pages that share a line of device pixels on the axis: every page is in exactly one bucket; where a page is larger than a line
 * it has its own bucket, of several lines.
 */
export class AxisBuckets {
  /** Pairs (first page, end), ascending and apart. */
  readonly pairs: Float64Array;
  /** Lines of bucket i: rows[2i] … rows[2i + 1] - 1. */
  readonly rows: Uint32Array;
  /** Pages of a line; 1 if a page takes a line or more. */
  readonly capacity: number;

  /** @param ratio device pixels in a pixel of the axis */
  constructor(axis: AddressAxis, ratio: number) {
    const scale = axis.scale * ratio;
    const height = Math.round(axis.length * ratio);
    // A span can take a part of a line, which is one more bucket.
    const room = MAX_ADDRESS_BUCKETS - axis.spans.length;
    const lines = Math.max(1, Math.ceil(height / Math.max(1, room)));
    const pairs: number[] = [];
    const rows: number[] = [];
    const add = (start: number, end: number, from: number, to: number): void => {
      pairs.push(start, end);
      const first = Math.min(height - 1, Math.max(0, from));
      rows.push(first, Math.min(height, Math.max(first + 1, to)));
    };
    for (const span of room > 0 ? axis.spans : []) {
      const top = axis.top(span) * ratio;
      const pages = span.end - span.start;
      if (scale >= 1 && axis.pages <= room) {
        for (let page = 0; page < pages; page++) {
          const from = Math.round(top + page * scale);
          add(span.start + page, span.start + page + 1, from, Math.round(top + (page + 1) * scale));
        }
        continue;
      }
      for (let page = 0; page < pages;) {
        const row = Math.floor(top + page * scale);
        const next = Math.min(pages, Math.max(page + 1, Math.ceil((row + lines - top) / scale)));
        add(span.start + page, span.start + next, row, row + lines);
        page = next;
      }
    }
    this.pairs = Float64Array.from(pairs);
    this.rows = Uint32Array.from(rows);
    this.capacity = Math.max(1, lines / scale);
  }

  /** Number of the bucket that `page` is in; -1 if it is not on the axis. */
  of(page: number): number {
    return pairAt(this.pairs, page);
  }

  /** Number of the bucket on line `row`; -1 in a gap. */
  onRow(row: number): number {
    return pairAt(this.rows, row);
  }

  range(bucket: number): PageRange {
    return {
      start: this.pairs[2 * bucket] ?? 0,
      end: this.pairs[2 * bucket + 1] ?? 0,
    };
  }
}

/** Index of the last pair (start, end) that holds `value`, or -1; starts ascend. */
function pairAt(pairs: Float64Array | Uint32Array, value: number): number {
  const index = lowerBound(0, pairs.length / 2, (i) => (pairs[2 * i] ?? 0) > value) - 1;
  return index >= 0 && value < (pairs[2 * index + 1] ?? 0) ? index : -1;
}
