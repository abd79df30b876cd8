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

/** The compared VMAs as the layout takes them; what a comparison does not tell of them is left open. */
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
