import { lowerBound } from './lower-bound.ts';
import type { PageRange } from './range.ts';

export const VMA_KINDS = [
  'anon-private',
  'anon-shared',
  'file-private',
  'file-shared',
  'heap',
  'stack',
  'special',
] as const;
/** What backs a VMA; `special`: [vvar], [vdso], [vsyscall] and other mappings that cannot be tracked. */
export type VmaKind = (typeof VMA_KINDS)[number];

export const TRACKINGS = ['exact', 'sampled', 'compared', 'pinned', 'untracked'] as const;
/**
 * How writes to a VMA are observed:
 * - `exact`: every write is reported;
 * - `sampled`: some pages are sampled less often than others (plane Hot);
 * - `compared`: by content, in part at least: a write of the same bytes is missed;
 * - `pinned`: the kernel or a device may write to some of its pages without a fault (io_uring buffers, RDMA, vfio);
 * - `untracked`: not at all.
 */
export type Tracking = (typeof TRACKINGS)[number];

/** One virtual memory area, as `/proc/PID/maps` and `smaps` show it. */
export interface Vma extends PageRange {
  readonly read: boolean;
  readonly write: boolean;
  readonly exec: boolean;
  readonly kind: VmaKind;
  /** File path, `[heap]`, `[anon:…]`; empty if the kernel gives none. */
  readonly name: string;
  /** Offset into the file or object, in pages. */
  readonly pgoff: number;
  /** VM_SOFTDIRTY ("sd" in VmFlags); false if it is not known. */
  readonly softDirty: boolean;
  /** VmFlags of smaps, two letters each; empty if not read. */
  readonly flags: string;
  /** Whether writes to this VMA can be seen by the source; if not, `untracked` is the reason. */
  readonly tracked: boolean;
  readonly untracked?: string | undefined;
  /** How it is tracked, if not exactly; `reason` is then set. */
  readonly tracking?: Exclude<Tracking, 'exact' | 'untracked'> | undefined;
  readonly reason?: string | undefined;
}

/** How writes to `vma` are observed, and why not exactly; the reason is empty for `exact`. */
export function trackingOf(vma: Pick<Vma, 'tracked' | 'untracked' | 'tracking' | 'reason'>): {
  readonly tracking: Tracking;
  readonly reason: string;
} {
  if (!vma.tracked) return { tracking: 'untracked', reason: vma.untracked ?? '' };
  return { tracking: vma.tracking ?? 'exact', reason: vma.tracking === undefined ? '' : (vma.reason ?? '') };
}

/** `rw-p`: the four letters of /proc/PID/maps. */
export function vmaPermissions(vma: Pick<Vma, 'read' | 'write' | 'exec' | 'kind'>): string {
  const shared = vma.kind === 'anon-shared' || vma.kind === 'file-shared';
  return `${vma.read ? 'r' : '-'}${vma.write ? 'w' : '-'}${vma.exec ? 'x' : '-'}${shared ? 's' : 'p'}`;
}

/** Index of the VMA that holds `page`, or -1. `vmas` ascend and do not overlap. */
export function findVma(vmas: readonly Vma[], page: number): number {
  const index = firstEndingAfter(vmas, page);
  return index < vmas.length && vmas[index].start <= page ? index : -1;
}

/**
 * Index of the first range that ends after `page`; the number of ranges if there is none. The ranges ascend and do not
 * overlap.
 */
export function firstEndingAfter(ranges: readonly PageRange[], page: number): number {
  return lowerBound(0, ranges.length, (index) => ranges[index].end > page);
}

/** Whether a mapping has this name, or maps a file whose path ends with it. */
export const isNamed = ({ name }: Pick<Vma, 'name'>, wanted: string): boolean =>
  name === wanted || name.endsWith(`/${wanted}`);
