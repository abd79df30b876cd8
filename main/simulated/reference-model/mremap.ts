/** mremap (mm/mremap.c). Throws an Errno. */
import type { StepOf } from '../../scenarios/steps.ts';
import { addressOf, PAGE, pageOf, roundUp, SIZE_MAX, unaligned, userBytes, userPages } from './addresses.ts';
import { munmap } from './mmap.ts';
import type { ModelState } from './model-state.ts';
import { moveEntries } from './move.ts';
import { place } from './place.ts';
import { Errno, vmaAfter, vmaAt, type Vma } from './state.ts';
import { insert, merge, setPageProt, unmap } from './vmas.ts';

export function mremap(model: ModelState, step: StepOf<'mremap'>): number {
  const fixed = step.newAddr !== undefined;
  const mayMove = fixed || (step.mayMove ?? false);
  const dontUnmap = step.dontunmap ?? false;
  if (dontUnmap && (!mayMove || step.len !== step.newLen)) throw new Errno('EINVAL');
  if (unaligned(step.addr)) throw new Errno('EINVAL');
  const oldLength = roundUp(step.len);
  const newLength = roundUp(step.newLen);
  if (newLength === 0n) throw new Errno('EINVAL');
  const vma = step.addr < SIZE_MAX ? vmaAt(model.current, pageOf(step.addr)) : undefined;
  if (!vma) throw new Errno('EFAULT');
  if (fixed || dontUnmap) return mremapTo(model, step, oldLength, newLength);
  const start = pageOf(step.addr);
  if (oldLength >= newLength) {
    if (oldLength > newLength) munmap(model, { addr: step.addr + newLength, len: oldLength - newLength });
    return addressOf(start);
  }
  resizable(vma, start, oldLength, newLength, dontUnmap);
  const oldEnd = start + pageOf(oldLength);
  const newEnd = start + pageOf(newLength);
  if (oldEnd === vma.end && expandable(model, vma, newEnd)) {
    const grown = merge(model, vma, oldEnd, newEnd, vma, vma.anonVma, vma.pgoff + (oldEnd - vma.start));
    if (!grown) throw new Errno('ENOMEM');
    return addressOf(start);
  }
  if (!mayMove) throw new Errno('ENOMEM');
  if (newLength > userBytes(model)) throw new Errno('ENOMEM');
  const target = pageOf(place(model, 0n, newLength, 'hint'));
  return move(model, vma, start, pageOf(oldLength), target, pageOf(newLength), false);
}

function mremapTo(model: ModelState, step: StepOf<'mremap'>, oldLength: bigint, newLength: bigint): number {
  const dontUnmap = step.dontunmap ?? false;
  const to = step.newAddr ?? 0n;
  if (unaligned(to) || newLength > userBytes(model) || to > userBytes(model) - newLength)
    throw new Errno('EINVAL');
  if ((step.addr + oldLength) % SIZE_MAX > to && to + newLength > step.addr) throw new Errno('EINVAL');
  if (model.current.vmas.length + 2 >= model.machine.maxMapCount - 3) throw new Errno('ENOMEM');
  if (step.newAddr !== undefined) munmap(model, { addr: to, len: newLength });
  let length = oldLength;
  if (oldLength > newLength) {
    munmap(model, { addr: step.addr + newLength, len: oldLength - newLength });
    length = newLength;
  }
  const start = pageOf(step.addr);
  const vma = vmaAt(model.current, start);
  if (!vma) throw new Errno('EFAULT');
  resizable(vma, start, length, newLength, dontUnmap);
  const target = pageOf(step.newAddr ?? place(model, 0n, newLength, 'hint'));
  return move(model, vma, start, pageOf(length), target, pageOf(newLength), dontUnmap);
}

/** vma_to_resize: whether this part of the VMA may change its size. */
function resizable(vma: Vma, start: number, oldLength: bigint, newLength: bigint, dontUnmap: boolean): void {
  if (oldLength === 0n && !vma.shared) throw new Errno('EINVAL');
  if (dontUnmap && vma.device) throw new Errno('EINVAL');
  if (oldLength > BigInt(vma.end - start) * PAGE) throw new Errno('EFAULT');
  if (oldLength === newLength) return;
  if (vma.device) throw new Errno('EFAULT');
}

function expandable(model: ModelState, vma: Vma, end: number): boolean {
  const next = vmaAfter(model.current, vma.end);
  return end <= userPages(model) && (!next || next.start >= end);
}

/** move_vma with copy_vma: a VMA at the new place (perhaps merged), the entries moved, the old place unmapped. */
function move(
  model: ModelState,
  source: Vma,
  from: number,
  oldPages: number,
  to: number,
  newPages: number,
  dontUnmap: boolean,
): number {
  if (model.current.vmas.length >= model.machine.maxMapCount - 3) throw new Errno('ENOMEM');
  let pgoff = source.pgoff + (from - source.start);
  if (source.backing === null && !source.device && source.anonVma === null) pgoff = to;
  const prev = model.current.vmas.findLast((vma) => vma.start < to);
  let vma = source;
  // With MREMAP_DONTUNMAP the new VMA never merges with the old one, as Linux 6.1.192 shows.
  const apart = dontUnmap ? source : undefined;
  let target = merge(model, prev, to, to + newPages, source, source.anonVma, pgoff, apart);
  if (!target) {
    target = { ...source, start: to, end: to + newPages, pgoff };
    insert(model.current, target);
  } else if (!model.current.vmas.includes(source)) vma = target;
  moveEntries(model, from, oldPages, to, vma.uffd);
  if (target.uffd) {
    // The new range is not registered, even if it was merged.
    target.uffd = false;
    if (target.shared) setPageProt(target);
  }
  if (dontUnmap) {
    if (vma !== target && vma.start === from && vma.end === from + oldPages) {
      vma.anonVma = null;
      vma.chain = 0;
    }
    return addressOf(to);
  }
  unmap(model, from, from + oldPages);
  return addressOf(to);
}
