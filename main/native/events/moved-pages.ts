import { lowerBound } from '#shared/memory/lower-bound.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { firstEndingAfter, type Vma } from '#shared/memory/vma.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import type { RegionList } from '../tracking/region-list.ts';
import { addPages, forEachPart, runsWithin, type PageWords } from './page-words.ts';

type Run = [from: number, to: number];

/** Comparisons of memory that vanished with new memory in one sample: tens of milliseconds. */
const MAX_CHECKS = 20_000;

/**
 * Pages in new private anonymous memory that mremap moved there. A move keeps the relative positions of pages:
 * if the pages of memory that vanished, moved by the distance of both, are all reported in the new memory, those are
 * taken as moved. New is memory where no private anonymous mapping was that could be accessed (programs move into what
 * they reserved), and all of a mapping that has changed; only pages that were not there before count.
 *
 * `before` may be older than the pages: maps is read at a limited rate, and a mapping that grows stays registered. So pages
 * that were reported after the end of memory that vanished, up to the next mapping, belong to it if they moved with it.
 */
export function movedPages(
  before: readonly Vma[],
  after: readonly Vma[],
  had: PageWords,
  reported: RegionList,
): Run[] {
  const vanished = difference(before, after);
  if (vanished.length === 0) return [];
  const places = newPlaces(before, after);
  const appeared = appearedPages(places, had, reported);
  if (appeared.size === 0) return [];
  const patterns = patternsOf(vanished, had, (page) => nextMapping(page, before, after));
  const moved: PageWords = new Map();
  let checks = 0;
  for (const place of places) {
    const pages = runsWithin(appeared, place.start, place.end);
    if (pages.length === 0) continue;
    checks += patterns.length;
    // It is not known which of them were moved.
    if (checks > MAX_CHECKS) for (const [from, to] of pages) addPages(moved, from, to);
    else for (const pattern of patterns) addMoved(pattern, place, appeared, moved);
  }
  return runsWithin(moved, 0, Infinity);
}

/** Pages of memory that vanished, by their distance from its start, and those after its end that may belong to it. */
interface Pattern {
  readonly known: readonly Run[];
  readonly grown: readonly Run[];
}

/** The patterns of `vanished`, each once: programs that map and unmap much mostly have few. */
function patternsOf(
  vanished: readonly PageRange[],
  had: PageWords,
  limit: (page: number) => number,
): readonly Pattern[] {
  const patterns = new Map<string, Pattern>();
  for (const { start, end } of vanished) {
    const relative = ([from, to]: Run): Run => [from - start, to - start];
    const known = runsWithin(had, start, end).map(relative);
    if (known.length === 0) continue;
    const grown = runsWithin(had, end, limit(end)).map(relative);
    patterns.set(`${known.join()};${grown.join()}`, { known, grown });
  }
  return [...patterns.values()];
}

/** Adds to `moved` the pages of `pattern` at `place`, if all of them appeared there. */
function addMoved({ known, grown }: Pattern, place: PageRange, appeared: PageWords, moved: PageWords): void {
  const fits = ([from, to]: Run) => {
    let inside = place.start + to <= place.end;
    if (inside) forEachPart(appeared, place.start + from, place.start + to, (_, __, is) => (inside &&= is));
    return inside;
  };
  for (const runs of [known, grown]) {
    if (!runs.every(fits)) return;
    for (const [from, to] of runs) addPages(moved, place.start + from, place.start + to);
  }
}

/** Reported pages of `places` that were not there before. */
function appearedPages(places: readonly PageRange[], had: PageWords, reported: RegionList): PageWords {
  const appeared: PageWords = new Map();
  for (const { start, end } of places) addReported(appeared, reported, start, end);
  for (const [tile, words] of appeared) {
    const own = had.get(tile);
    if (own !== undefined) for (let w = 0; w < words.length; w++) words[w] &= ~own[w];
  }
  return appeared;
}

/** Where pages may have been moved to. */
function newPlaces(before: readonly Vma[], after: readonly Vma[]): PageRange[] {
  const unreserved = difference(after, before.filter(isAccessible));
  const known = new Set(unreserved.map(({ start, end }) => `${start},${end}`));
  return [...unreserved, ...changed(after, before).filter(({ start, end }) => !known.has(`${start},${end}`))];
}

/** The first page from `page` on that is in a VMA of one of the lists. */
function nextMapping(page: number, ...lists: readonly (readonly Vma[])[]): number {
  const starts = lists.map((vmas) => vmas[firstEndingAfter(vmas, page)]?.start ?? Infinity);
  return Math.max(page, Math.min(...starts));
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
  const first = lowerBound(0, list.count, (i) => list.end(i) > start);
  for (let i = first; i < list.count && list.start(i) < end; i++) {
    if ((list.categories(i) & PAGE_IS.WRITTEN) === 0) continue;
    addPages(into, Math.max(start, list.start(i)), Math.min(end, list.end(i)));
  }
}
