import { InspectorError } from '#shared/contract/errors.ts';
import {
  MAX_COMPARED_TILES,
  MAX_COMPARED_VMAS,
  type Comparison,
  type ComparedRange,
} from '#shared/contract/recording.ts';
import { popcount } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { History, WrittenPages } from './history.ts';
import { timelineKind } from './kind-counts.ts';
import { RecordedHistory } from './recorded-history.ts';
import { RecordingReader } from './recording-reader.ts';

/** Reads the pages of a range of time: of a file, or of `present` if it names none. */
export async function readRange(
  { path, ...range }: ComparedRange,
  present: History | null,
): Promise<WrittenPages> {
  if (path === null) {
    if (present === null) throw new InspectorError('no-source', 'Nothing is open.', 'Open a source first.');
    return present.written(range);
  }
  const reader = await RecordingReader.open(path);
  try {
    return await new RecordedHistory(reader).written(range);
  } finally {
    await reader.close();
  }
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly kind: ReturnType<typeof timelineKind>;
}

/** Which pages were written in only one of two ranges of time, and in both; how many were given back, how many were hot. */
export function compareWritten(a: WrittenPages, b: WrittenPages): Comparison {
  const indexes = [...new Set([...a.tiles.indexes, ...b.tiles.indexes])]
    .filter((tile) => hasPages(a.tiles, tile) || hasPages(b.tiles, tile))
    .sort((left, right) => left - right);
  const parts = overlay(a.vmas, b.vmas);
  const counts = parts.map(() => ({ onlyA: 0, onlyB: 0, both: 0 }));
  const total = { onlyA: 0, onlyB: 0, both: 0 };
  const shown = Math.min(indexes.length, MAX_COMPARED_TILES);
  const tiles = {
    indexes: Float64Array.from(indexes.slice(0, shown)),
    a: new Uint32Array(shown * WORDS_PER_TILE),
    b: new Uint32Array(shown * WORDS_PER_TILE),
  };
  let part = 0;
  const noWords = new Uint32Array(WORDS_PER_TILE);
  indexes.forEach((tile, i) => {
    const inA = planeOf(a.tiles, tile) ?? noWords;
    const inB = planeOf(b.tiles, tile) ?? noWords;
    if (i < shown) {
      tiles.a.set(inA, i * WORDS_PER_TILE);
      tiles.b.set(inB, i * WORDS_PER_TILE);
    }
    const base = tile * PAGES_PER_TILE;
    while (part < parts.length && parts[part].end <= base) part++;
    add(total, inA, inB, 0, PAGES_PER_TILE);
    for (let p = part; p < parts.length && parts[p].start < base + PAGES_PER_TILE; p++) {
      const from = Math.max(0, parts[p].start - base);
      const to = Math.min(PAGES_PER_TILE, parts[p].end - base);
      add(counts[p], inA, inB, from, to);
    }
  });
  const vmas = parts
    .map((vma, i) => ({ ...vma, ...counts[i] }))
    .filter(({ onlyA, onlyB, both }) => onlyA + onlyB + both > 0);
  return {
    ...total,
    frames: { a: a.frames, b: b.frames },
    gone: { a: a.tiles.count(Plane.Gone), b: b.tiles.count(Plane.Gone) },
    hot: { a: a.tiles.count(Plane.Hot), b: b.tiles.count(Plane.Hot) },
    vmas: vmas.slice(0, MAX_COMPARED_VMAS),
    tiles,
    omitted: { tiles: indexes.length - shown, vmas: Math.max(0, vmas.length - MAX_COMPARED_VMAS) },
  };
}

/** The VMAs of B, and those of A where B has none. */
function overlay(a: readonly Vma[], b: readonly Vma[]): Part[] {
  const part = (vma: Vma, start: number, end: number): Part => {
    return { start, end, name: vma.name, kind: timelineKind(vma) };
  };
  const result = b.map((vma) => part(vma, vma.start, vma.end));
  let next = 0;
  for (const vma of a) {
    let { start } = vma;
    while (next < b.length && b[next].end <= start) next++;
    for (let i = next; start < vma.end; i++) {
      const stop = i < b.length ? Math.min(vma.end, b[i].start) : vma.end;
      if (stop > start) result.push(part(vma, start, stop));
      if (i >= b.length) break;
      start = Math.max(start, b[i].end);
    }
  }
  return result.sort((left, right) => left.start - right.start);
}

function planeOf(tiles: TileSet, tile: number): Uint32Array | null {
  const slot = tiles.find(tile);
  if (slot < 0) return null;
  const at = tiles.offset(slot, Plane.Written);
  return tiles.words.subarray(at, at + WORDS_PER_TILE);
}

const hasPages = (tiles: TileSet, tile: number): boolean =>
  planeOf(tiles, tile)?.some((word) => word !== 0) ?? false;

/** Adds the pages `from` … `to` - 1 of a tile. */
function add(
  counts: { onlyA: number; onlyB: number; both: number },
  a: Uint32Array,
  b: Uint32Array,
  from: number,
  to: number,
): void {
  for (let w = from >>> 5; w <= (to - 1) >>> 5; w++) {
    const low = Math.max(0, from - w * 32);
    const high = Math.min(32, to - w * 32);
    const mask = (-1 << low) & (-1 >>> (32 - high));
    counts.onlyA += popcount(a[w] & ~b[w] & mask);
    counts.onlyB += popcount(b[w] & ~a[w] & mask);
    counts.both += popcount(a[w] & b[w] & mask);
  }
}
