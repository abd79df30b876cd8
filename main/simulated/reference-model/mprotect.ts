/** mprotect (mm/mprotect.c). Throws an Errno. */
import type { StepOf } from '../../scenarios/steps.ts';
import { pageOf, roundUp, SIZE_MAX, unaligned } from './addresses.ts';
import type { ModelState } from './model-state.ts';
import { entriesIn, Errno, hugeIn, isPresent, vmaAfter, vmaAt, type Vma } from './state.ts';
import { change, mayUpgrade, setPageProt, upgradable } from './vmas.ts';

export function mprotect(model: ModelState, step: StepOf<'mprotect'>): number {
  if (unaligned(step.addr)) throw new Errno('EINVAL');
  if (step.len === 0n) return 0;
  const length = roundUp(step.len);
  if (length === 0n || step.addr + length >= SIZE_MAX) throw new Errno('ENOMEM');
  const end = pageOf(step.addr + length);
  const prot = {
    read: step.prot.includes('r'),
    write: step.prot.includes('w'),
    exec: step.prot.includes('x'),
  };
  let start = pageOf(step.addr);
  let vma = vmaAt(model.current, start);
  if (!vma) throw new Errno('ENOMEM');
  let prev = start > vma.start ? vma : model.current.vmas[model.current.vmas.indexOf(vma) - 1];
  for (;;) {
    prev = protectPiece(model, prev, vma, start, Math.min(vma.end, end), prot);
    start = Math.max(Math.min(vma.end, end), prev.end);
    if (start >= end) return 0;
    const next = vmaAfter(model.current, prev.end);
    if (next?.start !== start) throw new Errno('ENOMEM');
    vma = next;
  }
}

/** mprotect_fixup of one piece; returns the VMA that holds it afterwards. */
function protectPiece(
  model: ModelState,
  prev: Vma | undefined,
  vma: Vma,
  start: number,
  end: number,
  prot: Pick<Vma, 'read' | 'write' | 'exec'>,
): Vma {
  const { read, write, exec } = prot;
  if (vma.read === read && vma.write === write && vma.exec === exec) return vma;
  const account = vma.account || (write && !vma.write && !vma.shared);
  const piece = change(model, prev, vma, start, end, { ...vma, ...prot, account });
  // Asked with the protection that the VMA had until now.
  const tryWritable = mayUpgrade(piece);
  setPageProt(piece);
  changeProtection(model, piece, start, end, tryWritable);
  return piece;
}

/** change_protection, rule 32: every entry takes the VMA's protection; some become writable without a fault. */
function changeProtection(
  model: ModelState,
  vma: Vma,
  start: number,
  end: number,
  tryWritable: boolean,
): void {
  for (const [, huge] of hugeIn(model.current, start, end)) {
    huge.write = huge.shared && vma.pageProt.access === 'rw';
  }
  for (const [, entry] of entriesIn(model.current, start, end)) {
    if (!isPresent(entry)) continue;
    const allowed = entry.kind !== 'zero' && vma.pageProt.access === 'rw';
    entry.write = allowed || (tryWritable && upgradable(vma, entry));
  }
}
