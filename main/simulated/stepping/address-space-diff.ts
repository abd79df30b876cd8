import {
  MAX_COMPARED_ROWS,
  type ComparedVma,
  type StepComparison,
} from '#shared/contract/step-comparison.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { PLANES, pmdState, type PmdState } from '../mm/tile.ts';
import { permissionsText, vmFlagsText } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { flagNames, pmdEntryOf } from './entry-flags.ts';

/** The VMAs and leaf entries of an address space, kept. */
export interface AddressSpace {
  readonly vmas: readonly Vma[];
  /** By first page. */
  readonly tables: ReadonlyMap<number, PmdState>;
}

/** A copy; the entries of a page table take about 1 KB. */
export function copyAddressSpace(mm: MmStruct): AddressSpace {
  const tables = new Map<number, PmdState>();
  for (let tile = mm.table.next(0, Infinity); tile !== null; tile = mm.table.next(tile.end, Infinity))
    tables.set(tile.base, pmdState(tile));
  return { vmas: [...mm.vmas.all()], tables };
}

type VmaDiff = Pick<StepComparison, 'vmas' | 'moreVmas' | 'sameVmas'>;

/** Groups of VMAs that overlap and differ. Both lists ascend, and their VMAs do not overlap. */
export function diffVmas(before: readonly Vma[], after: readonly Vma[]): VmaDiff {
  const groups: StepComparison['vmas'] = [];
  let sameVmas = 0;
  let moreVmas = 0;
  for (let a = 0, b = 0; a < before.length || b < after.length;) {
    const [firstA, firstB] = [a, b];
    // The group grows for as long as one of its VMAs reaches into the next one of the other list.
    let end = Math.min(before.at(a)?.start ?? Infinity, after.at(b)?.start ?? Infinity) + 1;
    for (let grown = true; grown;) {
      grown = false;
      for (; a < before.length && before[a].start < end; a++, grown = true)
        end = Math.max(end, before[a].end);
      for (; b < after.length && after[b].start < end; b++, grown = true) end = Math.max(end, after[b].end);
    }
    const group = {
      before: before.slice(firstA, a).map(comparedVma),
      after: after.slice(firstB, b).map(comparedVma),
    };
    if (JSON.stringify(group.before) === JSON.stringify(group.after)) sameVmas += group.after.length;
    else if (groups.length < MAX_COMPARED_ROWS) groups.push(group);
    else moreVmas++;
  }
  return { vmas: groups, moreVmas, sameVmas };
}

function comparedVma({ start, end, flags }: Vma): ComparedVma {
  return { start, end, permissions: permissionsText(flags), flags: vmFlagsText(flags).split(' ') };
}

type EntryDiff = Pick<StepComparison, 'entries' | 'moreEntries' | 'pages'>;

/** Runs of leaf entries that differ alike; a huge page counts as 512 entries with its flags. */
export function diffEntries(before: AddressSpace['tables'], after: AddressSpace['tables']): EntryDiff {
  const runs: { start: number; pages: number; old: number; now: number; huge: [boolean, boolean] }[] = [];
  const total = { runs: 0, pages: 0 };
  const bases = [...new Set([...before.keys(), ...after.keys()])].sort((x, y) => x - y);
  /** The last run, listed or not. */
  let last: (typeof runs)[number] | null = null;
  for (const base of bases) {
    const [was, is] = [before.get(base) ?? null, after.get(base) ?? null];
    if (areSame(was, is)) continue;
    const huge: [boolean, boolean] = [was?.kind === 'huge', is?.kind === 'huge'];
    for (let index = 0; index < PAGES_PER_TILE; index++) {
      const [old, now] = [pmdEntryOf(was, index), pmdEntryOf(is, index)];
      if (old === now && huge[0] === huge[1]) continue;
      total.pages++;
      const page = base + index;
      const continues: boolean =
        last !== null &&
        last.start + last.pages === page &&
        last.old === old &&
        last.now === now &&
        last.huge[0] === huge[0] &&
        last.huge[1] === huge[1];
      if (last !== null && continues) {
        last.pages++;
        continue;
      }
      last = { start: page, pages: 1, old, now, huge };
      if (++total.runs <= MAX_COMPARED_ROWS) runs.push(last);
    }
  }
  return {
    entries: runs.map(({ start, pages, old, now, huge }) => ({
      start,
      pages,
      huge: { before: huge[0], after: huge[1] },
      before: flagNames(old),
      after: flagNames(now),
    })),
    moreEntries: total.runs - runs.length,
    pages: total.pages,
  };
}

/** Whether all entries of two tables have the same flags; most tables are the same. */
function areSame(a: PmdState, b: PmdState): boolean {
  if (a?.kind === 'table' && b?.kind === 'table') {
    for (let at = 0; at < PLANES * WORDS_PER_TILE; at++)
      if (a.table.words[at] !== b.table.words[at]) return false;
    return true;
  }
  if (a?.kind === 'huge' && b?.kind === 'huge') return a.flags === b.flags;
  return a === null && b === null;
}
