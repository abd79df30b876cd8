import { popcount } from '#shared/memory/bitmap.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { EAGAIN, ENOMEM } from '../mm/errno.ts';
import { copyTile } from './fork-tile.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { wordMask } from '../mm/tile.ts';
import { VM_PFNMAP, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { zapRange } from '../mapping/zap.ts';

/**
 * fork(): a child with the same VMAs, VM_SOFTDIRTY included. Page tables are copied only for VMAs with an anon_vma:
 * their private pages become read-only on both sides and are no longer exclusive; in the other VMAs the child starts
 * with holes, and the soft-dirty bits of their entries are lost there. EAGAIN: too many processes; ENOMEM: no room.
 */
export function fork(parent: MmStruct): MmStruct | number {
  const { memory, mmlist } = parent;
  if (mmlist.filter((mm) => mm.alive).length >= memory.options.maxProcesses) return EAGAIN;
  if (!memory.hasRoom(copiedPages(parent))) return ENOMEM;
  const child = parent.newChild();
  child.vmas.replace(
    0,
    0,
    parent.vmas.all().map((vma) => inherit(child, vma)),
    'fork',
  );
  for (const vma of parent.vmas.all()) {
    if (needsCopy(vma)) copyRange(parent, child, vma);
  }
  return child;
}

/** dup_mmap(): every VMA that was touched gets its own anon_vma in the child; userfaultfd registration is not inherited. */
function inherit(child: MmStruct, vma: Vma): Vma {
  const flags = vma.flags & ~VM_UFFD_WP;
  if (vma.anonVma === null) return flags === vma.flags ? vma : vma.with({ flags });
  const anonVma = child.memory.newAnonVma();
  return vma.with({ flags, anonVma, chain: [...vma.chain, anonVma] });
}

/** vma_needs_copy(). */
function needsCopy(vma: Vma): boolean {
  return vma.anonVma !== null || (vma.flags & VM_PFNMAP) !== 0;
}

function copyRange(parent: MmStruct, child: MmStruct, vma: Vma): void {
  const { table } = parent;
  for (let tile = table.next(vma.start, vma.end); tile !== null; tile = table.next(tile.end, vma.end)) {
    copyTile(parent, child, vma, tile);
  }
}

/** Upper bound of the entries that the child gets; not counted if any number is allowed. */
function copiedPages(parent: MmStruct): number {
  if (parent.memory.options.memoryPages === Infinity) return 0;
  const { table } = parent;
  let pages = 0;
  for (const vma of parent.vmas.all()) {
    if (!needsCopy(vma)) continue;
    for (let tile = table.next(vma.start, vma.end); tile !== null; tile = table.next(tile.end, vma.end)) {
      const from = Math.max(vma.start, tile.base) - tile.base;
      const to = Math.min(vma.end, tile.end) - tile.base;
      if (tile.huge !== 0) pages += to - from;
      else {
        for (let word = 0; word < WORDS_PER_TILE; word++) {
          pages += popcount(tile.used(word) & wordMask(word, from, to));
        }
      }
    }
  }
  return pages;
}

/** The process ends: all its memory is unmapped. */
export function exitProcess(mm: MmStruct): void {
  for (const vma of mm.vmas.all()) zapRange(mm, vma, vma.start, vma.end);
  mm.vmas.replace(0, mm.vmas.count, [], 'exit');
  mm.table.prune(0, mm.memory.taskPages, () => false);
  mm.alive = false;
  if (mm.events.active) mm.events.emit({ type: 'process-ended', process: mm.id });
}
