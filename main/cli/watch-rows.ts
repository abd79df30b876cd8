import { readFileSync } from 'node:fs';
import { PAGE_SIZE, formatPage } from '#shared/memory/page.ts';
import { rangePages } from '#shared/memory/range.ts';
import { vmaPermissions } from '#shared/memory/vma.ts';
import { formatCount, plural } from '#shared/plural.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../native/process/maps.ts';
import { columns, cutStart, formatSize, printable } from './terminal-text.ts';

/** Columns of a terminal below which rows leave out the rights. */
const NARROW = 72;

type Runs = readonly (readonly [start: number, end: number])[];

/** The VMAs of a process; `before` if they can no longer be read. */
export function readVmas(pid: number, before: readonly MapsVma[]): readonly MapsVma[] {
  const vmas: MapsVma[] = [];
  try {
    const text = readFileSync(`/proc/${pid}/maps`, 'utf8');
    forEachMapsLine(text, (line) => vmas.push(parseMapsLine(line)));
  } catch {
    return before;
  }
  return vmas.length > 0 ? vmas : before;
}

/** Pages of `runs` in each of `vmas`, and in the last place those in none; both ascend. */
export function pagesByVma(vmas: readonly MapsVma[], runs: Runs): number[] {
  const counts = new Array<number>(vmas.length + 1).fill(0);
  let i = 0;
  for (const [from, to] of runs) {
    for (let page = from; page < to;) {
      while (i < vmas.length && vmas[i].end <= page) i++;
      const inside = i < vmas.length && vmas[i].start <= page;
      const limit = i === vmas.length ? to : inside ? vmas[i].end : vmas[i].start;
      const stop = Math.min(to, limit);
      counts[inside ? i : vmas.length] += stop - page;
      page = stop;
    }
  }
  return counts;
}

/**
 * The table: at most `top` VMAs, those with the most pages written lately first, then those with the most in total.
 * `now` and `all` are what was written, as ascending runs; without `now` that column is left out. In less than NARROW
 * columns the rights are left out, and of names the end is kept: files differ in it.
 */
export function tableRows(
  vmas: readonly MapsVma[],
  now: Runs | null,
  all: Runs,
  top: number,
  width = Infinity,
): string[] {
  const lately = now && pagesByVma(vmas, now);
  const ever = pagesByVma(vmas, all);
  const order = [...ever.keys()]
    .filter((i) => ever[i] > 0)
    .sort((a, b) => (lately ? lately[b] - lately[a] : 0) || ever[b] - ever[a] || a - b);
  const narrow = width < NARROW;
  const counts = (i: number) => [...(lately ? [formatCount(lately[i])] : []), formatCount(ever[i])];
  const rows = order.slice(0, top).map((i) => {
    if (i === vmas.length) return [...counts(i), '', '', ...(narrow ? [] : ['']), '(no longer mapped)'];
    const vma = vmas[i];
    const size = formatSize(rangePages(vma) * PAGE_SIZE);
    const rights = vmaPermissions(vma);
    return [...counts(i), size, formatPage(vma.start), ...(narrow ? [] : [rights]), printable(vma.name)];
  });
  const heads = [...(lately ? ['NOW'] : []), 'TOTAL', 'SIZE', 'START', ...(narrow ? [] : ['RIGHTS']), 'NAME'];
  const right = new Set([...heads.keys()].slice(0, heads.indexOf('START') + 1));
  const room =
    width -
    columns(
      [heads, ...rows].map((row) => [...row.slice(0, -1), '']),
      right,
    )[0].length;
  const fitted = rows.map((row) => [...row.slice(0, -1), cutStart(row[row.length - 1], room)]);
  const lines = columns([heads, ...fitted], right);
  const rest = order.slice(top);
  if (rest.length > 0) {
    const pages = rest.reduce((sum, i) => sum + ever[i], 0);
    lines.push(`and ${plural(pages, 'page')} in ${formatCount(rest.length)} more`);
  }
  return lines.map((line) => line.trimEnd());
}
