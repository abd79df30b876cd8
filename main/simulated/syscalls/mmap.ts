import { PAGES_PER_TILE, USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import { EEXIST, EINVAL, ENOMEM, EOVERFLOW } from '../mm/errno.ts';
import type { MemoryObject } from '../mm/memory-object.ts';
import { mapDevice } from './device.ts';
import { unmapRange } from './munmap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { canMergeAfter, canMergeBefore, type MergeTraits } from '../mapping/vma-merge.ts';
import {
  notifiedProtection,
  VM_ACCOUNT,
  VM_DONTDUMP,
  VM_DONTEXPAND,
  VM_HUGETLB,
  VM_IO,
  VM_MAY_ACCESS,
  VM_PFNMAP,
  VM_SHARED_BOTH,
  VM_SOFTDIRTY,
  VM_SPECIAL,
  VM_WRITE,
} from '../mm/vma-flags.ts';
import { NO_CHAIN, Vma } from '../mm/vma.ts';

export type MapKind = 'anon-private' | 'anon-shared' | 'file-private' | 'file-shared' | 'special' | 'hugetlb';

export interface MapRequest {
  readonly page: number;
  readonly pages: number;
  /** VM_READ | VM_WRITE | VM_EXEC. */
  readonly rights: number;
  readonly kind: MapKind;
  /** MAP_FIXED_NOREPLACE (the default), MAP_FIXED, or a hint: at `page` if free, else top-down from the mmap base. */
  readonly place?: 'noreplace' | 'fixed' | 'hint';
  /** Page offset into the file; file kinds only. */
  readonly pgoff?: number;
}

/** mm->mmap_base without randomisation: the page above the highest one that is given out. */
export const MMAP_BASE = 0x7fff_f7ff_f;

/** Limit of a simulated device: its pages are all mapped at once. */
const MAX_DEVICE_PAGES = 2 ** 20;

/**
 * mmap(): returns the first page, or EINVAL (no length), ENOMEM (address space, max_map_count), EEXIST (noreplace over a
 * mapping), EOVERFLOW (file offset). New memory is always soft-dirty, and so is a VMA that it merges with.
 */
export function mmap(mm: MmStruct, request: MapRequest): number {
  const { pages, kind } = request;
  const place = request.place ?? 'noreplace';
  if (pages <= 0) return EINVAL;
  const isFile = kind === 'file-private' || kind === 'file-shared';
  const offset = isFile ? (request.pgoff ?? 0) : 0;
  if (mm.vmas.count > mm.memory.options.maxMapCount) return ENOMEM;
  const page = findPlace(mm, request.page, pages, place, kind);
  if (page < 0) return page;
  if (place === 'noreplace' && mm.vmas.overlaps(page, page + pages)) return EEXIST;
  // MAX_LFS_FILESIZE: no file has 2^63 bytes.
  if (offset < 0 || offset + pages >= 2 ** 51) return EOVERFLOW;
  if (kind === 'special' && (pages > MAX_DEVICE_PAGES || !mm.memory.hasRoom(pages))) return ENOMEM;
  return mapRegion(mm, page, page + pages, kind, request.rights, offset);
}

/** get_unmapped_area(): the page to map at, or an error. */
function findPlace(
  mm: MmStruct,
  page: number,
  pages: number,
  place: 'noreplace' | 'fixed' | 'hint',
  kind: MapKind,
): number {
  const limit = mm.memory.taskPages;
  if (pages > limit) return ENOMEM;
  if (place !== 'hint') {
    if (page > limit - pages) return ENOMEM;
    return kind === 'hugetlb' && (page % PAGES_PER_TILE !== 0 || pages % PAGES_PER_TILE !== 0)
      ? EINVAL
      : page;
  }
  const align = kind === 'hugetlb' ? PAGES_PER_TILE : 1;
  if (pages % align !== 0) return EINVAL;
  const hint = Math.ceil(page / align) * align;
  // mmap_address_hint_valid(): an area is entirely below the 47-bit border or entirely above it.
  const sameSide = hint > USER_PAGES_4_LEVEL === hint + pages > USER_PAGES_4_LEVEL;
  const good = hint > 0 && hint <= limit - pages && sameSide;
  if (good && !mm.vmas.overlaps(hint, hint + pages)) return hint;
  return findFree(mm, pages, align, page > USER_PAGES_4_LEVEL ? limit - USER_PAGES_4_LEVEL : 0);
}

/**
 * vm_unmapped_area(), top-down: the highest free range below the mmap base, or `above` pages higher; ENOMEM if there
 * is none.
 */
export function findFree(mm: MmStruct, pages: number, align = 1, above = 0): number {
  let ceiling = MMAP_BASE + above;
  const all = mm.vmas.all();
  for (let i = all.length - 1; i >= -1; i--) {
    const floor = i < 0 ? 1 : all[i].end;
    const page = Math.floor((ceiling - pages) / align) * align;
    if (page >= floor) return page;
    if (i >= 0) ceiling = Math.min(ceiling, all[i].start);
  }
  return ENOMEM;
}

/** mmap_region(): unmaps the range, then grows a neighbour over the range or makes a new VMA. */
function mapRegion(
  mm: MmStruct,
  start: number,
  end: number,
  kind: MapKind,
  rights: number,
  offset: number,
): number {
  const failed = unmapRange(mm, start, end);
  if (failed < 0) return ENOMEM;
  const flags = mapFlags(kind, rights);
  const object = kind === 'file-private' || kind === 'file-shared' ? mm.memory.file : null;
  const pgoff = object === null ? (kind === 'anon-private' ? start : 0) : offset;
  if ((flags & VM_SPECIAL) === 0 && expand(mm, start, end, { flags, anonVma: null, object, pgoff })) {
    return start;
  }
  const vma = new Vma({
    start,
    end,
    flags: flags | VM_SOFTDIRTY,
    prot: notifiedProtection(flags | VM_SOFTDIRTY),
    pgoff,
    object: object ?? newObject(mm, kind, end - start),
    anonVma: null,
    chain: NO_CHAIN,
  });
  mm.vmas.replace(mm.vmas.indexAfter(start), 0, [vma], 'map');
  if (kind === 'special') mapDevice(mm, vma);
  return start;
}

function newObject(mm: MmStruct, kind: MapKind, pages: number): MemoryObject | null {
  if (kind === 'anon-shared') return mm.memory.newObject('shmem', pages);
  return kind === 'special' ? mm.memory.newObject('device', pages) : null;
}

function mapFlags(kind: MapKind, rights: number): number {
  const flags = rights | VM_MAY_ACCESS;
  if (kind === 'special') return flags | VM_SHARED_BOTH | VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
  if (kind === 'hugetlb') return flags | VM_HUGETLB | VM_DONTEXPAND;
  if (kind === 'anon-shared' || kind === 'file-shared') return flags | VM_SHARED_BOTH;
  // accountable_mapping(): private writable memory counts against the commit limit.
  return (rights & VM_WRITE) !== 0 ? flags | VM_ACCOUNT : flags;
}

/**
 * The merging half of mmap_region(): tries the VMA after it, then the previous one, which must also suit the one after it
 * where that one suited. False if neither does.
 */
function expand(mm: MmStruct, start: number, end: number, traits: MergeTraits): boolean {
  const list = mm.vmas;
  const at = list.indexAfter(start);
  const next = list.at(at) ?? null;
  const prev = list.at(at - 1) ?? null;
  const byNext =
    next !== null && next.start === end && canMergeBefore(next, traits, traits.pgoff + (end - start))
      ? next
      : null;
  const joint = byNext === null ? traits : { ...traits, anonVma: byNext.anonVma };
  const byPrev = prev !== null && prev.end === start && canMergeAfter(prev, joint) ? prev : null;
  const grown = byPrev ?? byNext;
  if (grown === null) return false;
  const flags = grown.flags | VM_SOFTDIRTY;
  const takesNext = byPrev !== null && byNext !== null;
  const imported =
    takesNext && grown.anonVma === null && byNext.anonVma !== null
      ? { anonVma: byNext.anonVma, chain: byNext.chain }
      : {};
  const vma = grown.with({
    start: byPrev === null ? start : byPrev.start,
    end: byNext === null ? end : byNext.end,
    pgoff: byPrev === null ? grown.pgoff - (end - start) : byPrev.pgoff,
    flags,
    prot: notifiedProtection(flags),
    ...imported,
  });
  list.replace(byPrev === null ? at : at - 1, takesNext ? 2 : 1, [vma], takesNext ? 'merge' : 'grow');
  return true;
}
