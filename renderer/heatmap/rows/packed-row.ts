/**
 * A row of 512 pages as the painters take it. Planes: 16 groups of 32 pages, 12 words each; word g * 12 + p holds plane
 * p of pages g * 32 … g * 32 + 31. Times: one 32-bit number per page, 0 = never written, else milliseconds + 1.
 * It differs from the engine's planes: Written leaves out what is merely Fresh; Split, which is not a style of a page,
 * gives its number to a plane Mapped; Touched, Hot and Gone are those to be shown (see shown-events.ts). Word 11 is
 * zero.
 */
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { SHOWN_PLANES } from '../../data/shown-events.ts';

export const ROW_PAGES = PAGES_PER_TILE;
/** 32-bit words of a row's planes. */
export const ROW_WORDS = 192;
export const GROUP_WORDS = 12;
/** The engine's planes that a page's look depends on as they are: 0 … 6. */
export const PAINTED_PLANES = Plane.Guard + 1;
const PAINTED_MASK = (1 << PAINTED_PLANES) - 1;
/**
 * Belongs to a VMA; set if several rows are put into one. Follows the painted planes.
 * @alias
 */
export const MAPPED = PAINTED_PLANES;
/** Touched, Hot, Gone follow each other. */
const FIRST_EVENT = Plane.Touched;
/** Planes, as a mask, of which a page with an entry in the page table has at least one. */
export const ENTRY_PLANES =
  (1 << Plane.Written) |
  (1 << Plane.Present) |
  (1 << Plane.Swapped) |
  (1 << Plane.Huge) |
  (1 << Plane.Zero) |
  (1 << Plane.Guard);

/**
 * Packs the planes of the tile in slot `slot` of `tiles` into `out` from `outAt`. Plane Mapped and those of events are
 * left zero.
 */
export function packPlanes(tiles: TileSet, slot: number, out: Uint32Array, outAt: number): void {
  out.fill(0, outAt, outAt + ROW_WORDS);
  orTilePlanes(tiles, slot, out, outAt, 0, ROW_PAGES);
}

/** ORs the events that a tile shows into the packed planes `out`, for columns `from` … `to` - 1. */
export function orEvents(
  shown: Uint32Array | null,
  out: Uint32Array,
  outAt: number,
  from = 0,
  to = ROW_PAGES,
): void {
  if (!shown) return;
  for (let group = from >>> 5; group * 32 < to; group++) {
    const mask = groupMask(group, from, to);
    const i = outAt + group * GROUP_WORDS + FIRST_EVENT;
    for (let event = 0; event < SHOWN_PLANES; event++) {
      const word = (shown[event * WORDS_PER_TILE + group] ?? 0) & mask;
      if (word !== 0) out[i + event] = (out[i + event] ?? 0) | word;
    }
  }
}

/** ORs the packed planes at `at` into those at `outAt`, for columns `from` … `to` - 1. */
export function orPlanes(
  words: Uint32Array,
  at: number,
  out: Uint32Array,
  outAt: number,
  from: number,
  to: number,
): void {
  for (let group = from >>> 5; group * 32 < to; group++) {
    const mask = groupMask(group, from, to);
    for (let plane = 0; plane < GROUP_WORDS; plane++) {
      const i = group * GROUP_WORDS + plane;
      out[outAt + i] = (out[outAt + i] ?? 0) | ((words[at + i] ?? 0) & mask);
    }
  }
}

/** ORs the planes of the tile in slot `slot`, packed, into `out` from `outAt`, for columns `from` … `to` - 1. */
export function orTilePlanes(
  tiles: TileSet,
  slot: number,
  out: Uint32Array,
  outAt: number,
  from: number,
  to: number,
): void {
  const { words, used } = tiles;
  const fresh = (used & (1 << Plane.Fresh)) === 0 ? -1 : tiles.offset(slot, Plane.Fresh);
  for (let rest = used & PAINTED_MASK; rest !== 0; rest &= rest - 1) {
    const plane = (31 - Math.clz32(rest & -rest)) as Plane;
    const at = tiles.offset(slot, plane);
    const without = plane === Plane.Written ? fresh : -1;
    for (let group = from >>> 5; group * 32 < to; group++) {
      let word = words[at + group] ?? 0;
      if (word === 0) continue;
      word &= groupMask(group, from, to);
      if (without >= 0) word &= ~(words[without + group] ?? 0);
      const i = outAt + group * GROUP_WORDS + plane;
      out[i] = (out[i] ?? 0) | word;
    }
  }
}

/** Sets plane Mapped for columns `from` … `to` - 1. */
export function setMapped(out: Uint32Array, outAt: number, from: number, to: number): void {
  for (let group = from >>> 5; group * 32 < to; group++) {
    const i = outAt + group * GROUP_WORDS + MAPPED;
    out[i] = (out[i] ?? 0) | groupMask(group, from, to);
  }
}

/** Sets plane Fresh for columns `from` … `to` - 1 that the packed planes `node` show as holes; null: all are. */
export function freshHoles(
  node: Uint32Array | null,
  out: Uint32Array,
  outAt: number,
  from: number,
  to: number,
): void {
  for (let group = from >>> 5; group * 32 < to; group++) {
    const at = group * GROUP_WORDS;
    let entries = 0;
    for (let plane = 0; node && plane < PAINTED_PLANES; plane++) {
      if ((ENTRY_PLANES & (1 << plane)) !== 0) entries |= node[at + plane] ?? 0;
    }
    const i = outAt + at + Plane.Fresh;
    out[i] = (out[i] ?? 0) | (~entries & groupMask(group, from, to));
  }
}

/** The later of both times, for columns `from` … `to` - 1. */
export function maxTimes(
  times: Uint32Array,
  at: number,
  out: Uint32Array,
  outAt: number,
  from: number,
  to: number,
): void {
  let i = at + from;
  let o = outAt + from;
  const end = at + to;
  // Four at a time and without a branch: which of two times is later cannot be predicted, and each miss would cost more.
  for (; i + 4 <= end; i += 4, o += 4) {
    out[o] = later(out[o] ?? 0, times[i] ?? 0);
    out[o + 1] = later(out[o + 1] ?? 0, times[i + 1] ?? 0);
    out[o + 2] = later(out[o + 2] ?? 0, times[i + 2] ?? 0);
    out[o + 3] = later(out[o + 3] ?? 0, times[i + 3] ?? 0);
  }
  for (; i < end; i++, o++) out[o] = later(out[o] ?? 0, times[i] ?? 0);
}

/** The greater of two 32-bit numbers, as 32 bits; without a branch. */
export const later = (a: number, b: number): number => a ^ ((a ^ b) & -Number(b > a));

/** Bits of `group` that columns `from` … `to` - 1 have in it. */
function groupMask(group: number, from: number, to: number): number {
  const head = from > group * 32 ? -1 << (from - group * 32) : -1;
  const tail = to < group * 32 + 32 ? (1 << (to - group * 32)) - 1 : -1;
  return head & tail;
}
