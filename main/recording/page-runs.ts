import { forEachRun } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { plural } from '#shared/plural.ts';
import { damaged, type ByteReader, ByteWriter } from './bytes.ts';

/** 2^52 pages are all 64-bit addresses. */
const PAGES = 2 ** 52;

/**
 * Tiles that a picture may have: 512 GiB of memory with entries in the page table, 112 MiB here. Runs are so short in the
 * file that a few wrong bytes would otherwise ask for all memory.
 */
export const MAX_TILES = 2 ** 18;

/** Collects a set of pages, ascending, as runs: how far after the last one each begins, and how long it is. */
export class RunWriter {
  private readonly gaps = new ByteWriter();
  private readonly lengths = new ByteWriter();
  private count = 0;
  /** The tile that is added. Positions count from its first page: they are small, whereas page numbers are objects for V8. */
  private index = 0;
  /** End of the last run that is written. */
  private last = 0;
  /** The run that may continue. */
  private open = false;
  private start = 0;
  private end = 0;
  private readonly visit = (from: number, to: number): void => {
    if (!this.open || from !== this.end) {
      this.finish();
      this.open = true;
      this.start = from;
    }
    this.end = to;
  };

  /** Adds the pages of the plane at `at`; tiles come in ascending order. */
  tile(index: number, words: Uint32Array, at: number): void {
    const shift = (index - this.index) * PAGES_PER_TILE;
    this.index = index;
    this.last -= shift;
    this.start -= shift;
    this.end -= shift;
    forEachRun(words, at, this.visit);
  }

  /** Writes what was collected to `into`, and is empty again. */
  take(into: ByteWriter): void {
    this.finish();
    into.varint(this.count);
    into.append(this.gaps);
    into.append(this.lengths);
    this.gaps.clear();
    this.lengths.clear();
    this.count = 0;
    this.index = 0;
    this.last = 0;
  }

  private finish(): void {
    if (!this.open) return;
    this.gaps.varint(this.start - this.last);
    this.lengths.varint(this.end - this.start - 1);
    this.last = this.end;
    this.count++;
    this.open = false;
  }
}

/** Pairs (first page, end), ascending and apart, as RunWriter wrote them. */
export function readRuns(from: ByteReader): Float64Array {
  const count = from.varint();
  // A run has a byte in each list at least.
  if (count * 2 > from.left) throw damaged(`${plural(count, 'run')} in ${plural(from.left, 'byte')}`);
  const runs = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) runs[2 * i] = from.varint();
  let last = 0;
  for (let i = 0; i < count; i++) {
    const start = last + runs[2 * i];
    last = start + from.varint() + 1;
    if (!(last <= PAGES)) throw damaged(`page ${last}`);
    runs[2 * i] = start;
    runs[2 * i + 1] = last;
  }
  return runs;
}

/** Inverts the pages of `runs` in a plane of `tiles`. */
export function flipRuns(tiles: TileSet, plane: Plane, runs: Float64Array): void {
  tiles.mark(1 << plane);
  eachTile(tiles, runs, (slot, from, to) => flipBits(tiles.words, tiles.offset(slot, plane), from, to));
}

/** Sets the pages of `runs` in a plane of `tiles`. */
export function setRuns(tiles: TileSet, plane: Plane, runs: Float64Array): void {
  tiles.mark(1 << plane);
  eachTile(tiles, runs, (slot, from, to) => setBitsAt(tiles.words, tiles.offset(slot, plane), from, to));
}

function eachTile(
  tiles: TileSet,
  runs: Float64Array,
  visit: (slot: number, from: number, to: number) => void,
): void {
  let tile = -1;
  let slot = -1;
  for (let i = 0; i < runs.length; i += 2) {
    const end = runs[i + 1];
    for (let page = runs[i]; page < end;) {
      const index = Math.floor(page / PAGES_PER_TILE);
      if (index !== tile) {
        tile = index;
        slot = slotOf(tiles, tile);
      }
      const base = tile * PAGES_PER_TILE;
      const stop = Math.min(end, base + PAGES_PER_TILE);
      visit(slot, page - base, stop - base);
      page = stop;
    }
  }
}

/** The slot of a tile, which is added if it is absent. */
function slotOf(tiles: TileSet, tile: number): number {
  const slot = tiles.find(tile);
  if (slot >= 0) return slot;
  if (tiles.size >= MAX_TILES) throw damaged(`more than ${MAX_TILES} tiles`);
  return tiles.ensure(tile);
}

function flipBits(words: Uint32Array, at: number, from: number, to: number): void {
  for (let w = from >>> 5; w <= (to - 1) >>> 5; w++) words[at + w] ^= maskOf(w, from, to);
}

function setBitsAt(words: Uint32Array, at: number, from: number, to: number): void {
  for (let w = from >>> 5; w <= (to - 1) >>> 5; w++) words[at + w] |= maskOf(w, from, to);
}

/** The bits of word `w` in from … to - 1; the range touches the word. */
function maskOf(w: number, from: number, to: number): number {
  const low = Math.max(0, from - w * 32);
  const high = Math.min(32, to - w * 32);
  return (-1 << low) & (-1 >>> (32 - high));
}

/** Positions of `indexes` in the order of their values; null if they ascend already. */
export function ascending(indexes: ArrayLike<number>): Uint32Array | null {
  const { length } = indexes;
  let sorted = Math.min(1, length);
  while (sorted < length && indexes[sorted - 1] < indexes[sorted]) sorted++;
  if (sorted === length) return null;
  // Tiles that came later are mostly few, after the others.
  const late = Uint32Array.from({ length: length - sorted }, (_, i) => sorted + i).sort(
    (a, b) => indexes[a] - indexes[b],
  );
  const order = new Uint32Array(length);
  for (let at = 0, i = 0, j = 0; at < length; at++) {
    const isLate = i === sorted || (j < late.length && indexes[late[j]] < indexes[i]);
    order[at] = isLate ? late[j++] : i++;
  }
  return order;
}
