import type { Vma as VmaView, VmaKind } from '#shared/memory/vma.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  VM_EXEC,
  VM_HUGETLB,
  VM_MAYSHARE,
  VM_PFNMAP,
  VM_READ,
  VM_SOFTDIRTY,
  VM_WRITE,
  vmFlagsText,
} from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { regionAt, type Region } from '../workloads/region.ts';

/** The VMAs of a process as /proc/PID/maps and smaps show them; the same array while nothing changes. */
export class VmaViews {
  private readonly mm: MmStruct;
  private readonly regions: readonly Region[];
  private seen: readonly Vma[] = [];
  private views: readonly VmaView[] = [];

  /** @param regions give the VMAs their names; read at each call */
  constructor(mm: MmStruct, regions: readonly Region[]) {
    this.mm = mm;
    this.regions = regions;
  }

  read(): readonly VmaView[] {
    const now = this.mm.vmas.all();
    // VMAs are immutable.
    if (now.length === this.seen.length && now.every((vma, i) => vma === this.seen[i])) return this.views;
    const known = new Map(this.seen.map((vma, i) => [vma, this.views[i]]));
    this.seen = [...now];
    this.views = this.seen.map((vma) => known.get(vma) ?? this.view(vma));
    return this.views;
  }

  private view(vma: Vma): VmaView {
    const region = regionAt(this.regions, vma.start);
    const { start, end, flags } = vma;
    return {
      start,
      end,
      read: (flags & VM_READ) !== 0,
      write: (flags & VM_WRITE) !== 0,
      exec: (flags & VM_EXEC) !== 0,
      kind: kindOf(vma, region?.name ?? ''),
      name: region?.name ?? '',
      // Anonymous memory has no file to be at an offset of.
      pgoff: vma.object === null ? 0 : vma.pgoff - (region?.filePage ?? 0),
      softDirty: (flags & VM_SOFTDIRTY) !== 0,
      flags: vmFlagsText(flags),
      ...untracked(flags),
    };
  }
}

function kindOf({ flags, object }: Vma, name: string): VmaKind {
  if ((flags & VM_PFNMAP) !== 0) return 'special';
  if (name === '[heap]') return 'heap';
  if (name === '[stack]') return 'stack';
  if (object?.kind === 'file') return (flags & VM_MAYSHARE) !== 0 ? 'file-shared' : 'file-private';
  return (flags & VM_MAYSHARE) !== 0 ? 'anon-shared' : 'anon-private';
}

function untracked(flags: number): Pick<VmaView, 'tracked' | 'untracked'> {
  if ((flags & VM_PFNMAP) !== 0) return { tracked: false, untracked: 'Pages of a device or of the kernel.' };
  if ((flags & VM_HUGETLB) !== 0)
    return { tracked: false, untracked: 'hugetlb pages have no soft-dirty bit.' };
  return { tracked: true };
}
