/** move_page_tables, rule 41. */
import { splitHuge } from './huge.ts';
import type { ModelState } from './model-state.ts';
import { TILE, tileOf, type Process } from './state.ts';

/** Pages in a PUD entry: a page table of page tables, 1 GiB. */
const GIGABYTE = TILE * TILE;

/**
 * Moves the entries of `pages` pages from `from` to `to`; moved entries are soft-dirty, unless whole tables move. Those
 * of an `armed` VMA lose their write-protection, and so move one by one.
 */
export function moveEntries(
  model: ModelState,
  from: number,
  pages: number,
  to: number,
  armed: boolean,
): void {
  const process = model.current;
  const end = from + pages;
  for (let old = from, target = to; old < end;) {
    const rest = Math.min(GIGABYTE - (old % GIGABYTE), end - old);
    const used = usedTiles(process, old, old + rest);
    let step = extent(GIGABYTE, old, end, target);
    if (used.length === 0) step = rest;
    else if (step === GIGABYTE && !armed) {
      for (const tile of used) moveTable(process, tile, tileOf(target) + tile - tileOf(old));
    } else {
      step = extent(TILE, old, end, target);
      movePart(model, old, step, target, armed);
    }
    old += step;
    target += step;
  }
}

/** get_extent: how far a step of at most one table goes on both sides. */
function extent(size: number, old: number, end: number, target: number): number {
  return Math.min(size - (old % size), end - old, size - (target % size));
}

function usedTiles(process: Process, start: number, end: number): number[] {
  return [...process.huge.keys(), ...process.tables].filter(
    (tile) => tile * TILE < end && (tile + 1) * TILE > start,
  );
}

function movePart(model: ModelState, old: number, pages: number, target: number, armed: boolean): void {
  const process = model.current;
  const tile = tileOf(old);
  const huge = process.huge.get(tile);
  if (huge) {
    if (pages === TILE) {
      huge.soft = true;
      if (armed) huge.wp = false;
      process.huge.delete(tile);
      process.huge.set(tileOf(target), huge);
      return;
    }
    splitHuge(process, tile);
  }
  if (!process.tables.has(tile)) return;
  if (pages === TILE && !armed) return moveTable(process, tile, tileOf(target));
  process.tables.add(tileOf(target));
  for (let index = 0; index < pages; index++) {
    const entry = process.entries.get(old + index);
    if (!entry) continue;
    process.entries.delete(old + index);
    if (armed && entry.kind === 'marker') continue;
    process.entries.set(target + index, entry);
    entry.soft = true;
    if (armed) entry.wp = false;
  }
}

/** The PMD entry moves: its page table or huge page moves unchanged. */
function moveTable(process: Process, from: number, to: number): void {
  const huge = process.huge.get(from);
  if (huge) {
    process.huge.delete(from);
    process.huge.set(to, huge);
  }
  if (!process.tables.delete(from)) return;
  process.tables.add(to);
  for (let index = 0; index < TILE; index++) {
    const entry = process.entries.get(from * TILE + index);
    if (!entry) continue;
    process.entries.delete(from * TILE + index);
    process.entries.set(to * TILE + index, entry);
  }
}
