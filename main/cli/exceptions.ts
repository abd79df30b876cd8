import { addressOfPage } from '#shared/memory/page.ts';
import { intersectRanges, rangePages, type PageRange } from '#shared/memory/range.ts';
import { trackingOf, type Tracking, type Vma } from '#shared/memory/vma.ts';

/** A mapping of which not every write is seen, as the lines of `watch --json` have it. */
export interface MappingTracking {
  /** Hexadecimal, with 0x. */
  readonly start: string;
  /** Bytes. */
  readonly len: number;
  readonly name: string;
  readonly tracking: Tracking;
  readonly reason: string;
}

/**
 * Follows which mappings are tracked otherwise than exactly: every mapping that is not named is exact. Memory that the
 * kernel provides and programs cannot write to ([vdso] and its like) is left out.
 */
export class Exceptions {
  private readonly range: PageRange | null;
  private vmas: readonly Vma[] = [];
  private known = new Map<string, Vma>();

  constructor(range: PageRange | null) {
    this.range = range;
  }

  /** What changed since the last call: new exceptions, and mappings that are exact from now on. */
  update(vmas: readonly Vma[]): MappingTracking[] {
    if (vmas === this.vmas) return [];
    this.vmas = vmas;
    const now = new Map<string, Vma>();
    const changes: MappingTracking[] = [];
    for (const vma of vmas) {
      if (this.range !== null && intersectRanges(vma, this.range) === null) continue;
      const { tracking, reason } = trackingOf(vma);
      const place = `${vma.start}-${vma.end}`;
      if (tracking === 'exact' || vma.kind === 'special') {
        if (this.known.has(place)) changes.push(described(vma));
        continue;
      }
      now.set(place, vma);
      const before = this.known.get(place);
      const was = before && trackingOf(before);
      if (was?.tracking !== tracking || was.reason !== reason) changes.push(described(vma));
    }
    this.known = now;
    return changes;
  }
}

function described(vma: Vma): MappingTracking {
  const start = `0x${addressOfPage(vma.start).toString(16)}`;
  return { start, len: rangePages(vma) * 4096, name: vma.name, ...trackingOf(vma) };
}
