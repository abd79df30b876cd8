import { setBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  AT_GUARD,
  AT_PRESENT,
  AT_SOFT,
  AT_SWAP,
  AT_ZERO,
  PRESENT,
  SOFT,
  wordMask,
  ZERO,
  type Tile,
} from '../mm/tile.ts';
import { VM_HUGETLB, VM_PFNMAP, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

const EVENTS = (1 << Plane.Written) | (1 << Plane.Fresh);
const TABLE_PLANES =
  EVENTS | (1 << Plane.Present) | (1 << Plane.Swapped) | (1 << Plane.Zero) | (1 << Plane.Guard);

/**
 * Sets Written and Fresh, and with `state` the other state planes, of every page that has an entry: what GET would report of them.
 * Cost is proportional to the page tables.
 */
export function readPlanes(mm: MmStruct, tiles: TileSet, state: boolean): void {
  const { table } = mm;
  for (const vma of mm.vmas.all()) {
    for (let tile = table.next(vma.start, vma.end); tile !== null; tile = table.next(tile.end, vma.end)) {
      if (tile.huge !== 0) readHuge(tiles, vma, tile, state);
      else readTable(tiles, vma, tile, state);
    }
  }
}

/** Whether the ioctl sees the VMA at all: neither device memory nor hugetlb, whose pages it skips. */
export function isTracked(vma: Vma): boolean {
  return (vma.flags & (VM_PFNMAP | VM_HUGETLB)) === 0;
}

function readHuge(tiles: TileSet, vma: Vma, tile: Tile, state: boolean): void {
  const from = Math.max(vma.start, tile.base) - tile.base;
  const to = Math.min(vma.end, tile.end) - tile.base;
  const soft = (tile.huge & SOFT) !== 0;
  const fresh = !soft && (vma.flags & VM_SOFTDIRTY) !== 0;
  const set = (plane: Plane, on: boolean): void => {
    if (!on) return;
    const at = tiles.offset(tiles.ensure(tile.base / PAGES_PER_TILE), plane);
    tiles.mark(1 << plane);
    setBits(tiles.words, at, from, to);
  };
  set(Plane.Written, isTracked(vma) && (soft || fresh));
  set(Plane.Fresh, isTracked(vma) && fresh);
  if (!state) return;
  set(Plane.Present, (tile.huge & PRESENT) !== 0);
  set(Plane.Huge, true);
  set(Plane.Zero, (tile.huge & ZERO) !== 0);
}

function readTable(tiles: TileSet, vma: Vma, tile: Tile, state: boolean): void {
  const from = vma.start - tile.base;
  const to = vma.end - tile.base;
  const whole = from <= 0 && to >= PAGES_PER_TILE;
  const dirty = (vma.flags & VM_SOFTDIRTY) !== 0;
  const tracked = isTracked(vma);
  const { words } = tile;
  tiles.mark(state ? TABLE_PLANES : EVENTS);
  let base = -1;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    const used = whole ? tile.used(word) : tile.used(word) & wordMask(word, from, to);
    if (used === 0) continue;
    const soft = words[AT_SOFT + word] & used;
    const written = !tracked ? 0 : dirty ? used : soft;
    if (!state && written === 0) continue;
    if (base < 0) base = tiles.offset(tiles.ensure(tile.base / PAGES_PER_TILE), Plane.Written);
    const out = tiles.words;
    const { planeWords } = tiles;
    const at = base + word;
    out[at + Plane.Written * planeWords] |= written;
    out[at + Plane.Fresh * planeWords] |= written & ~soft;
    if (!state) continue;
    out[at + Plane.Present * planeWords] |= words[AT_PRESENT + word] & used;
    out[at + Plane.Swapped * planeWords] |= words[AT_SWAP + word] & used;
    out[at + Plane.Zero * planeWords] |= words[AT_ZERO + word] & used;
    out[at + Plane.Guard * planeWords] |= words[AT_GUARD + word] & used;
  }
}
