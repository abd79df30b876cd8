/** Test support: VMAs. */
import type { Vma } from '../memory/vma.ts';

/** A VMA of private anonymous memory, readable and writable, exactly tracked, unless `fields` differ. */
export function vmaOf(start: number, end: number, fields: Partial<Vma> = {}): Vma {
  return {
    start,
    end,
    read: true,
    write: true,
    exec: false,
    kind: 'anon-private',
    name: '',
    pgoff: 0,
    softDirty: false,
    flags: '',
    tracked: true,
    ...fields,
  };
}
