import type { Vma } from '#shared/memory/vma.ts';
import type { MapsVma } from '../../process/maps.ts';

/** The neighbours of a line of maps that is to be admitted. */
export interface Near {
  /** The VMAs there at the last reading, where they differ. */
  readonly before: readonly Vma[];
  /** The line before it, admitted already. */
  readonly previous: Vma | undefined;
  /** The line after it; admitted or not. */
  readonly next: MapsVma | undefined;
}

/** Two mappings that the kernel would have merged without our registration, judging by maps. */
export function alike(a: MapsVma, b: MapsVma): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.read === b.read &&
    a.write === b.write &&
    a.exec === b.exec &&
    a.kind !== 'file-shared' &&
    a.kind !== 'anon-shared' &&
    (a.kind !== 'file-private' || b.pgoff - a.pgoff === b.start - a.start)
  );
}

/** `low` ends where `high` begins, and they are alike. */
export function wouldMerge(low: MapsVma | undefined, high: MapsVma | undefined): boolean {
  return low !== undefined && high !== undefined && low.end === high.start && alike(low, high);
}
