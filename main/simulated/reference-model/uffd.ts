/** userfaultfd write-protection with WP_ASYNC and WP_UNPOPULATED (fs/userfaultfd.c, mm/userfaultfd.c, Linux 6.7 on). */
import type { StepOf } from '../../scenarios/steps.ts';
import { splitHuge } from './huge.ts';
import type { ModelState } from './model-state.ts';
import {
  entriesIn,
  Errno,
  holdsTile,
  hugeIn,
  isPresent,
  bareEntry,
  overlapping,
  tileOf,
  type Vma,
} from './state.ts';
import { pageOf, unaligned, userBytes } from './addresses.ts';
import { change, mayUpgrade, setPageProt, upgradable } from './vmas.ts';
import { clearEntry, setEntry } from './entries.ts';

/** validate_range: the range in pages. */
function rangeOf(
  model: ModelState,
  step: StepOf<'uffd_register' | 'uffd_unregister' | 'uffd_writeprotect'>,
): [start: number, end: number] {
  const { addr, len } = step;
  const inside = addr >= 65536n && addr + len <= userBytes(model);
  if (unaligned(addr) || unaligned(len) || len === 0n || !inside) throw new Errno('EINVAL');
  return [pageOf(addr), pageOf(addr + len)];
}

export function registerUffd(model: ModelState, step: StepOf<'uffd_register'>): number {
  const [start, end] = rangeOf(model, step);
  const vmas = overlapping(model.current, start, end);
  if (vmas.length === 0 || vmas.some((vma) => vma.device)) throw new Errno('EINVAL');
  eachPiece(model, start, end, (prev, vma, from, to) => {
    if (vma.uffd) return vma;
    const piece = change(model, prev, vma, from, to, { ...vma, uffd: true });
    if (piece.shared) setPageProt(piece);
    return piece;
  });
  return 0;
}

export function unregisterUffd(model: ModelState, step: StepOf<'uffd_unregister'>): number {
  const [start, end] = rangeOf(model, step);
  if (overlapping(model.current, start, end).length === 0) throw new Errno('EINVAL');
  eachPiece(model, start, end, (prev, vma, from, to) => {
    if (!vma.uffd) return vma;
    protectUffd(model, vma, from, to, false);
    const piece = change(model, prev, vma, from, to, { ...vma, uffd: false });
    if (piece.shared) setPageProt(piece);
    return piece;
  });
  return 0;
}

export function writeProtectUffd(model: ModelState, step: StepOf<'uffd_writeprotect'>): number {
  const [start, end] = rangeOf(model, step);
  const vmas = overlapping(model.current, start, end);
  if (vmas.length === 0) throw new Errno('ENOENT');
  for (const vma of vmas) {
    if (!vma.uffd) throw new Errno('ENOENT');
    protectUffd(model, vma, Math.max(start, vma.start), Math.min(end, vma.end), step.protect ?? true);
  }
  return 0;
}

type Visit = (prev: Vma | undefined, vma: Vma, start: number, end: number) => Vma;

function eachPiece(model: ModelState, start: number, end: number, visit: Visit): void {
  let at = start;
  let prev: Vma | undefined;
  for (;;) {
    const from = at;
    const vma = model.current.vmas.find((other) => other.end > from && other.start < end);
    if (!vma) return;
    prev ??= start > vma.start ? vma : model.current.vmas.findLast((other) => other.end <= vma.start);
    const stop = Math.min(vma.end, end);
    prev = visit(prev, vma, Math.max(vma.start, start), stop);
    at = Math.max(stop, prev.end);
    if (at >= end) return;
  }
}

/** uffd_wp_range: write-protects entries and puts markers into holes, or takes both away. */
export function protectUffd(model: ModelState, vma: Vma, start: number, end: number, protect: boolean): void {
  const process = model.current;
  for (const [tile, huge] of hugeIn(process, start, end)) {
    if (!holdsTile(start, end, tile) || (protect && vma.backing)) splitHuge(process, tile);
    else {
      huge.wp = protect;
      huge.write = huge.shared && vma.pageProt.access === 'rw';
    }
  }
  for (const [page, entry] of entriesIn(process, start, end)) {
    if (entry.kind === 'marker' && !protect) clearEntry(process, page);
    else if (entry.kind !== 'guard') entry.wp = protect;
    if (isPresent(entry)) {
      const allowed = entry.kind !== 'zero' && vma.pageProt.access === 'rw';
      entry.write = !protect && (allowed || (mayUpgrade(vma) && upgradable(vma, entry)));
    }
  }
  if (!protect) return;
  for (let page = start; page < end; page++) {
    if (process.huge.has(tileOf(page)) || process.entries.has(page)) continue;
    model.charge(1);
    setEntry(process, page, bareEntry('marker', { wp: true, young: false }));
  }
}
