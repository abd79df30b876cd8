import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import type { RegionList } from '../tracking/region-list.ts';
import { addPages, forEachPart, runsWithin, type PageWords } from './page-words.ts';

/**
 * Pages in new private anonymous memory that mremap moved there. A move keeps the relative positions of pages:
 * if the pages of memory that vanished, moved by the distance of both, are all reported in the new memory, those are
 * taken as moved. New is memory where no private anonymous mapping was that could be accessed (programs move into what
 * they reserved), and all of a mapping that has changed; only pages that were not there before count.
 */
export function movedPages(
  before: readonly Vma[],
  after: readonly Vma[],
  had: PageWords,
  reported: RegionList,
): [from: number, to: number][] {
  const vanished = difference(before, after);
  if (vanished.length === 0) return [];
  const places = [...difference(after, before.filter(isAccessible)), ...changed(after, before)];
  const appeared: PageWords = new Map();
  for (const { start, end } of places) addReported(appeared, reported, start, end);
  for (const [tile, words] of appeared) {
    const own = had.get(tile);
    if (own !== undefined) for (let w = 0; w < words.length; w++) words[w] &= ~own[w];
  }
  if (appeared.size === 0) return [];
  const moved: [number, number][] = [];
  for (const fresh of places) {
    for (const old of vanished) {
      const shift = fresh.start - old.start;
      const pages = runsWithin(had, old.start, old.end);
      const fits = pages.every(([from, to]) => {
        let inside = to + shift <= fresh.end;
        if (inside) forEachPart(appeared, from + shift, to + shift, (_, __, is) => (inside &&= is));
        return inside;
      });
      if (pages.length > 0 && fits)
        moved.push(...pages.map(([a, b]) => [a + shift, b + shift] as [number, number]));
    }
  }
  return moved;
}

const isPrivateAnonymous = ({ kind }: Vma) => kind === 'anon-private' || kind === 'heap';

const isAccessible = ({ read, write, exec }: Vma) => read || write || exec;

/** Private anonymous VMAs of `after` that were not there with the same bounds and rights. */
function changed(after: readonly Vma[], before: readonly Vma[]): PageRange[] {
  const key = ({ start, end, read, write, exec }: Vma) => [start, end, read, write, exec].join();
  const known = new Set(before.filter(isPrivateAnonymous).map(key));
  return after.filter((vma) => isPrivateAnonymous(vma) && !known.has(key(vma)));
}

/** Private anonymous memory of `some` if `others` has none; both ascend. */
function difference(some: readonly Vma[], others: readonly Vma[]): PageRange[] {
  const result: PageRange[] = [];
  let i = 0;
  for (const vma of some) {
    if (!isPrivateAnonymous(vma)) continue;
    let at = vma.start;
    while (i > 0 && i <= others.length && others[i - 1].end > at) i--;
    for (; i < others.length && others[i].start < vma.end; i++) {
      if (others[i].end <= at) continue;
      push(result, at, others[i].start);
      at = Math.max(at, others[i].end);
    }
    push(result, at, vma.end);
  }
  return result;
}

function push(ranges: PageRange[], start: number, end: number): void {
  if (start < end) ranges.push({ start, end });
}

function addReported(into: PageWords, list: RegionList, start: number, end: number): void {
  for (let i = 0; i < list.count; i++) {
    if ((list.categories(i) & PAGE_IS.WRITTEN) === 0) continue;
    const [from, to] = [Math.max(start, list.start(i)), Math.min(end, list.end(i))];
    if (from < to) addPages(into, from, to);
  }
}
