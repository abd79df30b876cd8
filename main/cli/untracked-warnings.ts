import { formatPage } from '#shared/memory/page.ts';
import { intersectRanges, type PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { printable } from './terminal-text.ts';

/** Mappings named in warnings: at the beginning, and during the whole watch. */
const MAX_FIRST = 5;
const MAX_NAMED = 20;

/**
 * Warns of memory whose writes are not seen, so that it is not taken for memory that is not written: once for all
 * mappings with the same name and reason, however often they come and go, and in few enough lines to be read. `watch
 * --json` has all of them.
 */
export class UntrackedWarnings {
  private readonly range: PageRange | null;
  private vmas: readonly Vma[] | null = null;
  private readonly known = new Set<string>();
  private complete = false;

  /** @param range what is watched; null: everything */
  constructor(range: PageRange | null) {
    this.range = range;
  }

  /** The warnings for the current mappings: sentences without a line end. */
  update(vmas: readonly Vma[]): string[] {
    const first = this.vmas === null;
    if (vmas === this.vmas || this.complete) return [];
    this.vmas = vmas;
    const groups = this.newGroups(vmas);
    if (groups.length === 0) return [];
    const room = Math.max(0, (first ? MAX_FIRST : MAX_NAMED) - this.known.size);
    const named = groups.slice(0, room);
    const rest = groups.slice(room).flat();
    groups.forEach(([vma]) => this.known.add(keyOf(vma)));
    const lines = named.map(describe);
    if (rest.length > 0) lines.push(more(rest.length, first));
    // No more names are kept: there could be any number of them.
    this.complete = !first && rest.length > 0;
    return lines;
  }

  /** Writable mappings that are not tracked and were not reported before, grouped by name and reason. */
  private newGroups(vmas: readonly Vma[]): Vma[][] {
    const groups = new Map<string, Vma[]>();
    for (const vma of vmas) {
      if (!vma.write || vma.tracked) continue;
      if (this.range !== null && intersectRanges(vma, this.range) === null) continue;
      const key = keyOf(vma);
      if (this.known.has(key)) continue;
      const group = groups.get(key);
      if (group) group.push(vma);
      else groups.set(key, [vma]);
    }
    return [...groups.values()];
  }
}

const keyOf = ({ name, untracked }: Vma): string => `${untracked ?? ''}\n${name}`;

function describe([vma, ...others]: readonly Vma[]): string {
  const name = vma.name === '' ? '' : ` ${printable(vma.name)}`;
  const place = `${formatPage(vma.start)}-${formatPage(vma.end)}${name}`;
  const reason = vma.untracked ?? '';
  if (others.length === 0) return `${place} is not watched. ${reason}`.trimEnd();
  const plural = others.length === 1 ? 'one more mapping like it are' : `${others.length} more like it are`;
  return `${place} and ${plural} not watched. ${reason}`.trimEnd();
}

function more(count: number, first: boolean): string {
  const which = count === 1 ? 'One more mapping is' : `${count} more mappings are`;
  const later = first ? '' : ' No others are reported.';
  return `${which} not watched; --json lists every one.${later}`;
}
