/** What pagemap, smaps and the page-table dump show: rule 19. */
import { formatPage } from '#shared/memory/page.ts';
import type { HugeView, PagemapResult, PagemapRun, PteRun, VmaView, StepOf } from '../../scenarios/steps.ts';
import type { ModelState } from './model-state.ts';
import {
  isAccessible,
  isPresent,
  overlapping,
  TILE,
  tileOf,
  vmaAt,
  type Process,
  type Vma,
} from './state.ts';
import { pageOf, userPages } from './addresses.ts';

type Bits = Omit<PagemapRun, 'page' | 'count'>;
const UNMAPPED: Bits = {
  ...{ present: false, softDirty: false, swapped: false, fileOrShared: false, exclusive: false },
};

export function pagemap(model: ModelState, step: StepOf<'pagemap'>): PagemapResult {
  const first = pageOf(step.addr);
  const end = Math.min(userPages(model), pageOf(step.addr + step.len + 4095n));
  if (end <= first) return { ret: 0, runs: [] };
  const runs: { page: number; count: number; bits: Bits }[] = [];
  const add = (page: number, count: number, bits: Bits): void => {
    const last = runs.at(-1);
    if (last && JSON.stringify(last.bits) === JSON.stringify(bits)) last.count += count;
    else if (count > 0) runs.push({ page: page - first, count, bits });
  };
  let at = first;
  for (const vma of overlapping(model.current, first, end)) {
    add(at, Math.max(0, vma.start - at), UNMAPPED);
    at = Math.max(at, vma.start);
    for (const stop = Math.min(vma.end, end); at < stop;) {
      const until = Math.min(stop, nextUsed(model.current, at));
      if (until > at) add(at, until - at, { ...UNMAPPED, softDirty: vma.sd });
      at = until;
      for (const tileEnd = (tileOf(at) + 1) * TILE; at < Math.min(stop, tileEnd); at++) {
        add(at, 1, bitsAt(model.current, vma, at));
      }
    }
  }
  add(at, end - at, UNMAPPED);
  return { ret: end - first, runs: runs.map(({ page, count, bits }) => ({ page, count, ...bits })) };
}

/** The first page from `page` on whose tile has entries; everything before it is a hole. */
function nextUsed(process: Process, page: number): number {
  const tiles = [...process.tables, ...process.huge.keys()].filter((tile) => tile >= tileOf(page));
  return Math.max(page, Math.min(...tiles, Infinity) * TILE);
}

function bitsAt(process: Process, vma: Vma, page: number): Bits {
  const huge = process.huge.get(tileOf(page));
  if (huge) {
    return {
      ...UNMAPPED,
      present: true,
      softDirty: vma.sd || huge.soft,
      fileOrShared: huge.shared || huge.frames === null,
      // pagemap_pmd_range asks for the first page and answers for all.
      exclusive: huge.frames?.[0].maps === 1,
      ...(huge.wp ? { uffdWp: true } : {}),
    };
  }
  const entry = process.entries.get(page);
  // walk_page_test does not walk a VM_PFNMAP area but reports it as a hole.
  if (!entry || vma.device) return { ...UNMAPPED, softDirty: vma.sd };
  return {
    present: isPresent(entry),
    softDirty: vma.sd || entry.soft,
    swapped: !isPresent(entry),
    fileOrShared: entry.frame !== null && !entry.frame.anon,
    exclusive: entry.frame?.maps === 1,
    ...(entry.wp ? { uffdWp: true } : {}),
    ...(entry.kind === 'guard' ? { guard: true } : {}),
  };
}

function inArena(model: ModelState): Vma[] {
  const arena = model.machine.arena;
  if (!arena) return model.current.vmas;
  const start = pageOf(arena.start);
  return overlapping(model.current, start, start + arena.pages);
}

export function vmas(model: ModelState): VmaView[] {
  return inArena(model).map((vma) => ({
    start: formatPage(vma.start),
    end: formatPage(vma.end),
    perms: `${vma.read ? 'r' : '-'}${vma.write ? 'w' : '-'}${vma.exec ? 'x' : '-'}${vma.shared ? 's' : 'p'}`,
    sd: vma.sd,
    anonHugeKb: anonHugeKb(model, vma),
    flags: flagsOf(vma),
  }));
}

/** Huge pages that PROT_NONE hides do not count (pmd_protnone), as Linux 6.1.192 shows. */
function anonHugeKb(model: ModelState, vma: Vma): number {
  if (!isAccessible(vma)) return 0;
  let count = 0;
  for (const [tile, huge] of model.current.huge) {
    if (tile * TILE >= vma.start && tile * TILE < vma.end && huge.frames && !huge.shared) count++;
  }
  return count * 2048;
}

/** VmFlags, in the order of the bits in vm_flags. */
function flagsOf(vma: Vma): string {
  const flags: [string, boolean][] = [
    ['rd', vma.read],
    ['wr', vma.write],
    ['ex', vma.exec],
    ['sh', vma.shared],
    ['mr', true],
    ['mw', true],
    ['me', true],
    ['ms', vma.shared],
    ['pf', vma.device],
    ['uw', vma.uffd],
    ['io', vma.device],
    ['de', vma.device],
    ['ac', vma.account],
    ['dd', vma.device],
    ['sd', vma.sd],
    ['hg', vma.advice === 'hugepage'],
    ['nh', vma.advice === 'nohugepage'],
  ];
  return flags.flatMap(([name, set]) => (set ? [name] : [])).join(' ');
}

/** Present entries that the processor could use, as runs of the same sort. */
export function ptes(model: ModelState): PteRun[] {
  const runs: { page: number; pages: number; level: 'pte' | 'pmd'; writable: boolean }[] = [];
  const add = (page: number, pages: number, level: 'pte' | 'pmd', writable: boolean): void => {
    const last = runs.at(-1);
    if (last && last.page + last.pages === page && last.level === level && last.writable === writable)
      last.pages += pages;
    else runs.push({ page, pages, level, writable });
  };
  forEachMapping(model, (page, level, writable) => {
    add(page, level === 'pte' ? 1 : TILE, level, writable);
  });
  return runs.map(({ page, pages, level, writable }) => ({ addr: formatPage(page), pages, level, writable }));
}

export function hugepages(model: ModelState): HugeView[] {
  const found: HugeView[] = [];
  forEachMapping(model, (page, level, writable) => {
    if (level === 'pmd') found.push({ addr: formatPage(page), writable });
  });
  return found;
}

type Visit = (page: number, level: 'pte' | 'pmd', writable: boolean) => void;

/** Every present entry and huge PMD of the arena, ascending, that PROT_NONE does not hide. */
function forEachMapping(model: ModelState, visit: Visit): void {
  const { entries, huge } = model.current;
  const small = [...entries].flatMap(([page, entry]) =>
    isPresent(entry) ? [{ page, level: 'pte' as const, write: entry.write }] : [],
  );
  const big = [...huge].map(([tile, { write }]) => ({ page: tile * TILE, level: 'pmd' as const, write }));
  const areas = new Set(inArena(model));
  for (const { page, level, write } of [...small, ...big].sort((a, b) => a.page - b.page)) {
    const vma = vmaAt(model.current, page);
    if (vma && areas.has(vma) && isAccessible(vma)) visit(page, level, write);
  }
}
