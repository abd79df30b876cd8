import { type PageRange, rangePages } from '#shared/memory/range.ts';
import { findVma, trackingOf, type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import { kindText } from '../../heatmap/description/describe.ts';
import type { VmaColumn } from '../../stores/view-store.ts';
import type { WriteClass } from '#shared/memory/write-counts.ts';
import { topWriter } from '../../data/page-writers.ts';
import type { VmaSums } from '../../data/vma-summary.ts';
import { COLUMNS, type Column } from './columns.ts';

export interface Sort {
  readonly column: VmaColumn;
  readonly descending: boolean;
}

/** One row of the table, by indexes of VMAs: one VMA, or the neighbouring mappings of one file, folded or open. */
export interface TableRow {
  /** Ascending; more than one: the mappings of one file. */
  readonly indexes: readonly number[];
  /** 1, or 2 for a mapping of the open group above it. */
  readonly level: 1 | 2;
  /** Whether the group's mappings follow; null if the row is not a group. */
  readonly isOpen: boolean | null;
  /** A range that the user named, which begins in this mapping; null: the row is the mapping. */
  readonly named: NamedRow | null;
}

export interface NamedRow {
  readonly range: { readonly id: string; readonly name: string };
  readonly pages: PageRange;
}

/**
 * The VMAs whose name, kind, permissions or address contain `filter`, in the order of `sort`; neighbouring mappings of
 * one file are one row, and follow it one by one if `open` has the group's first address (a page number). Named ranges follow the
 * mapping in which they begin, and are found by their names.
 */
export function tableRows(
  sums: VmaSums,
  filter: string,
  sort: Sort,
  open: ReadonlySet<number>,
  named: readonly NamedRow[] = [],
): readonly TableRow[] {
  const children = childrenOf(sums.vmas, named);
  const groups = inOrder(foldFiles(sums.vmas, matching(sums.vmas, filter, children)), sums, sort);
  const rowsIn = (index: number): TableRow[] =>
    (children.get(index) ?? []).map((one) => ({ indexes: [index], level: 2, isOpen: null, named: one }));
  return groups.flatMap((indexes): TableRow[] => {
    const isOpen = indexes.length === 1 ? null : open.has(groupKey(sums.vmas, indexes));
    const head: TableRow = { indexes, level: 1, isOpen, named: null };
    if (isOpen !== true) return [head, ...indexes.flatMap(rowsIn)];
    const parts = indexes.flatMap((index): TableRow[] => [
      { indexes: [index], level: 2, isOpen: null, named: null },
      ...rowsIn(index),
    ]);
    return [head, ...parts];
  });
}

/** Named ranges by the index of the mapping in which they begin. */
function childrenOf(vmas: readonly Vma[], named: readonly NamedRow[]): ReadonlyMap<number, NamedRow[]> {
  const found = new Map<number, NamedRow[]>();
  for (const one of named) {
    const index = findVma(vmas, one.pages.start);
    const list = found.get(index);
    if (list) list.push(one);
    else if (index >= 0) found.set(index, [one]);
  }
  return found;
}

/** Key under which a group is remembered as open: its first page. */
export const groupKey = (vmas: readonly Vma[], indexes: readonly number[]): number =>
  vmas[indexes[0] ?? 0]?.start ?? -1;

function matching(
  vmas: readonly Vma[],
  filter: string,
  children: ReadonlyMap<number, readonly NamedRow[]>,
): number[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return vmas.map((_, index) => index);
  return vmas.flatMap((vma, index) => {
    const names = (children.get(index) ?? []).map(({ range }) => range.name.toLowerCase());
    const text = [haystack(vma), ...names].join(' ');
    return words.every((word) => text.includes(word)) ? [index] : [];
  });
}

function haystack(vma: Vma): string {
  const { tracking } = trackingOf(vma);
  return `${(vma.start * 4096).toString(16)} ${vmaPermissions(vma)} ${vma.name} ${kindText(vma.kind)} ${tracking}`.toLowerCase();
}

/** Joins neighbours that map the same file, as a library's text, data and relocations do. */
function foldFiles(vmas: readonly Vma[], indexes: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const index of indexes) {
    const last = groups.at(-1);
    if (last && last.at(-1) === index - 1 && isSameFile(vmas[index - 1], vmas[index])) last.push(index);
    else groups.push([index]);
  }
  return groups;
}

const isFile = (vma: Vma | undefined): boolean =>
  (vma?.kind === 'file-private' || vma?.kind === 'file-shared') && vma.name !== '';
const isSameFile = (one: Vma | undefined, other: Vma | undefined): boolean =>
  isFile(one) && isFile(other) && one?.name === other?.name;

function inOrder(groups: number[][], sums: VmaSums, sort: Sort): number[][] {
  const column = COLUMNS.find(({ id }) => id === sort.column);
  if (!column || (sort.column === 'start' && !sort.descending)) return groups;
  const keyed = groups.map((indexes, place) => ({ indexes, place, key: groupValue(column, sums, indexes) }));
  const sign = sort.descending ? -1 : 1;
  keyed.sort((a, b) => (a.key === b.key ? a.place - b.place : (a.key < b.key ? -1 : 1) * sign));
  return keyed.map(({ indexes }) => indexes);
}

/** The value of a group: the sum of its numbers, or the value of its first mapping. */
function groupValue(column: Column, sums: VmaSums, indexes: readonly number[]): number | string {
  if (!column.numeric) return column.key(sums, indexes[0] ?? 0);
  return indexes.reduce((sum, index) => sum + Number(column.key(sums, index)), 0);
}

/** The figures of a row, in pages. */
export interface RowFigures {
  readonly size: number;
  readonly written: number;
  readonly rate: number;
  readonly resident: number;
  readonly swapped: number;
  readonly huge: number;
  readonly every: number;
  readonly most: number;
  readonly periodic: number;
  readonly rare: number;
  readonly once: number;
  /** Period of most of the periodic pages, in intervals; 0 if there are none, or the row has several mappings. */
  readonly period: number;
  /** Last writer of most pages, and its share of those whose writer is known; empty and 0 if none is. */
  readonly writer: string;
  readonly writerShare: number;
}

export function figuresOf(sums: VmaSums, indexes: readonly number[]): RowFigures {
  const total = (values: Float64Array): number =>
    indexes.reduce((sum, index) => sum + (values[index] ?? 0), 0);
  const pagesOf = (name: WriteClass): number =>
    indexes.reduce((sum, index) => sum + (sums.classes[index]?.pages[name] ?? 0), 0);
  const top = topWriter(indexes.flatMap((index) => sums.writers[index] ?? []));
  const [only] = indexes.length === 1 ? indexes : [];
  return {
    size: indexes.reduce((sum, index) => sum + (sums.vmas[index] ? rangePages(sums.vmas[index]) : 0), 0),
    written: total(sums.written),
    rate: Math.round(total(sums.rate)),
    resident: total(sums.present),
    swapped: total(sums.swapped),
    huge: total(sums.huge),
    every: pagesOf('every'),
    most: pagesOf('most'),
    periodic: pagesOf('periodic'),
    rare: pagesOf('rare'),
    once: pagesOf('once'),
    period: only === undefined ? 0 : (sums.classes[only]?.periods[0]?.[0] ?? 0),
    writer: top?.name ?? '',
    writerShare: top?.share ?? 0,
  };
}
