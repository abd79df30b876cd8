/** clear_refs and the three operations of the ioctl in mode `documented`: rules 1 to 13, 16, 45. */
import type { IoctlSuccess, StepOf } from '../../scenarios/steps.ts';
import { splitHuge } from './huge.ts';
import type { ModelState } from './model-state.ts';
import {
  entriesIn,
  Errno,
  hugeIn,
  isPresent,
  overlapping,
  TILE,
  tileOf,
  type Entry,
  type Huge,
  type Vma,
} from './state.ts';
import { pageOf, roundUp, unaligned, userBytes } from './addresses.ts';
import { setPageProt, split } from './vmas.ts';

export function clearRefs(model: ModelState, step: StepOf<'clear_refs'>): number {
  const value = step.value ?? 4;
  if (value < 1 || value > 5) throw new Errno('EINVAL');
  if (value === 5) return 0;
  const process = model.current;
  for (const vma of process.vmas) {
    if (value === 4 && vma.sd) {
      vma.sd = false;
      setPageProt(vma);
    }
    if (vma.device || (value === 2 && vma.backing) || (value === 3 && !vma.backing)) continue;
    for (const [, huge] of hugeIn(process, vma.start, vma.end)) {
      if (value === 4) clearHugeBits(huge);
      else huge.young = false;
    }
    for (const [, entry] of entriesIn(process, vma.start, vma.end)) {
      if (value === 4) clearEntryBits(vma, entry);
      else entry.young = false;
    }
  }
  return 0;
}

/** clear_soft_dirty: off, and write-protected; a pinned private page is skipped. Rule 8. */
function clearEntryBits(vma: Vma, entry: Entry): void {
  if (isPresent(entry)) {
    if (entry.write && !vma.shared && entry.frame && entry.frame.pins > 0) return;
    entry.write = false;
  }
  entry.soft = false;
}

function clearHugeBits(huge: Huge): void {
  huge.soft = false;
  huge.write = false;
}

const INT_MAX = 2 ** 31 - 1;

export function ioctl(model: ModelState, step: StepOf<'ioctl'>): IoctlSuccess {
  const get = step.cmd !== 'CLEAR';
  const clear = step.cmd !== 'GET';
  check(model, step, get);
  const start = pageOf(step.start);
  const end = start + pageOf(roundUp(step.len));
  const found = new Found(get ? step.vecLen : Infinity);
  for (const vma of overlapping(model.current, start, end)) {
    if (found.full) break;
    if (!vma.device)
      walkVma(
        model,
        vma,
        Math.max(start, vma.start),
        Math.min(end, vma.end),
        step.flags === 1,
        get,
        clear,
        found,
      );
  }
  if (!get) return { ret: 0 };
  if (found.pages.length > 0 && (step.vec === 'unmapped' || step.vec === 'readonly')) throw new Errno('EIO');
  return { ret: found.pages.length, vecRuns: found.runs(start) };
}

/** Rule 1: what is refused, in this order. */
function check(model: ModelState, step: StepOf<'ioctl'>, get: boolean): void {
  if (step.cmd === 'BAD') throw new Errno('EINVAL');
  if (step.vec === 'badarg') throw new Errno('EFAULT');
  const wrong =
    unaligned(step.start) ||
    step.len < 0n ||
    step.len > BigInt(INT_MAX) ||
    step.start + roundUp(step.len) > userBytes(model) ||
    (step.flags !== 0 && step.flags !== 1) ||
    (get && (step.vecLen <= 0 || step.vecLen > INT_MAX || step.vec === 'null' || step.vec === 'kernel'));
  if (wrong || step.len === 0n) throw new Errno('EINVAL');
}

/** vec: page numbers, ascending, at most `room` of them. */
class Found {
  readonly pages: number[] = [];
  readonly room: number;

  constructor(room: number) {
    this.room = room;
  }

  get full(): boolean {
    return this.pages.length >= this.room;
  }

  runs(start: number): [number, number][] {
    const runs: [number, number][] = [];
    for (const page of this.pages) {
      const offset = (page - start) * 4096;
      const last = runs.at(-1);
      if (last && last[0] + last[1] * 4096 === offset) last[1]++;
      else runs.push([offset, 1]);
    }
    return runs;
  }
}

function walkVma(
  model: ModelState,
  vma: Vma,
  start: number,
  end: number,
  noReused: boolean,
  get: boolean,
  clear: boolean,
  found: Found,
): void {
  const dirtyVma = vma.sd && !noReused;
  let piece = vma;
  if (clear && dirtyVma) {
    if (piece.start < start) piece = split(model, piece, start);
    const cut = get ? Math.min(start + (found.room - found.pages.length), end) : end;
    if (piece.end > cut) split(model, piece, cut);
  }
  for (let page = start; page < end && !found.full;) {
    const stop = Math.min(end, (tileOf(page) + 1) * TILE);
    walkTile(model, piece, page, stop, dirtyVma, get, clear, found);
    page = stop;
  }
  if (clear && dirtyVma) {
    piece.sd = false;
    setPageProt(piece);
  }
}

/** pagemap_sd_pmd_entry and pagemap_sd_pte_hole for the part [start, end) of one tile. */
function walkTile(
  model: ModelState,
  vma: Vma,
  start: number,
  end: number,
  dirtyVma: boolean,
  get: boolean,
  clear: boolean,
  found: Found,
): void {
  const process = model.current;
  const huge = process.huge.get(tileOf(start));
  if (huge) {
    if (!dirtyVma && !huge.soft) return;
    const part = (clear && end - start < TILE) || (get && found.pages.length + TILE > found.room);
    if (!part) {
      if (get) for (let page = start; page < end && !found.full; page++) found.pages.push(page);
      if (clear) clearHugeBits(huge);
      return;
    }
    splitHuge(process, tileOf(start));
    if (huge.shared) return;
  }
  if (!get && !process.tables.has(tileOf(start))) return;
  for (let page = start; page < end && !found.full; page++) {
    const entry = process.entries.get(page);
    if (get && (dirtyVma || entry?.soft)) found.pages.push(page);
    if (clear && entry) clearEntryBits(vma, entry);
  }
}
