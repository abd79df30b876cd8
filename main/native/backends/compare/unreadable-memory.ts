import type { Vma } from '#shared/memory/vma.ts';

type MappingLine = Pick<Vma, 'start' | 'end' | 'read' | 'write' | 'name'>;

/**
 * Mappings whose present pages cannot be read: memfd_secret, and memory without access rights on a kernel that does not
 * let /proc/PID/mem override them. They are reported as untracked, because otherwise they would be shown as unchanged.
 */
export class UnreadableMemory {
  private readonly known = new Set<string>();
  /** The first page of each mapping that could not be read; null if one could. */
  private failed = new Map<Vma, number | null>();

  has(vma: MappingLine): boolean {
    return this.known.size > 0 && this.known.has(keyOf(vma));
  }

  /** Begins a pass over all memory. */
  begin(): void {
    this.failed = new Map();
  }

  /** `read` pages of `vma` were read from `page` on. */
  note(vma: Vma, page: number, read: number): void {
    if (read > 0) this.failed.set(vma, null);
    else if (!this.failed.has(vma)) this.failed.set(vma, page);
  }

  /** Ends the pass. @returns the mappings that are unreadable from now on. @param fails tries one page of each again */
  end(fails: (page: number, vma: Vma) => boolean): ReadonlySet<Vma> {
    const found = new Set<Vma>();
    for (const [vma, page] of this.failed) if (page !== null && fails(page, vma)) found.add(vma);
    for (const vma of found) this.known.add(keyOf(vma));
    this.failed.clear();
    return found;
  }
}

/** Properties that another mapping at the same place is unlikely to share. */
const keyOf = ({ start, end, read, write, name }: MappingLine): string =>
  [start, end, read, write, name].join();
