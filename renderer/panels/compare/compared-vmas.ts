import type { Comparison, TimelineKind } from '#shared/contract/recording.ts';
import type { Vma, VmaKind } from '#shared/memory/vma.ts';

const KINDS: Readonly<Record<TimelineKind, VmaKind>> = {
  heap: 'heap',
  stack: 'stack',
  anon: 'anon-private',
  file: 'file-private',
  shared: 'anon-shared',
  other: 'special',
};

/** The compared VMAs for the layout; fields that a comparison does not have are left out. */
export function vmasOf({ vmas }: Comparison): Vma[] {
  return vmas.map(({ start, end, name, kind }) => ({
    start,
    end,
    name,
    kind: KINDS[kind],
    read: true,
    write: true,
    exec: false,
    pgoff: 0,
    softDirty: false,
    flags: '',
    tracked: true,
  }));
}
