import { readFileSync } from 'node:fs';
import type { PageRange } from '#shared/memory/range.ts';
import { forEachMapsLine, type MapsVma, parseMapsLine } from '../process/maps.ts';

/** Mappings of a process; empty once it no longer has memory. */
export class Mappings {
  private readonly path: string;
  private text = '';
  all: readonly MapsVma[] = [];

  constructor(pid: number) {
    this.path = `/proc/${pid}/maps`;
  }

  /** Reads the mappings again; returns whether anything changed. */
  refresh(): boolean {
    let text = '';
    try {
      text = readFileSync(this.path, 'latin1');
    } catch {
      // It has ended.
    }
    if (text === this.text) return false;
    this.text = text;
    const all: MapsVma[] = [];
    forEachMapsLine(text, (line) => all.push(parseMapsLine(line)));
    this.all = all;
    return true;
  }

  at(page: number): MapsVma | undefined {
    return this.all.find(({ start, end }) => start <= page && page < end);
  }
}

/** The intersections of `range` with `ranges`, which ascend. */
export function common(range: PageRange, ranges: readonly PageRange[]): PageRange[] {
  return ranges.flatMap(({ start, end }) => {
    const [from, to] = [Math.max(start, range.start), Math.min(end, range.end)];
    return from < to ? [{ start: from, end: to }] : [];
  });
}

/** Pages as ranges, ascending and joined. */
export function joined(pages: Iterable<number>): PageRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && page <= last.end) last.end = Math.max(last.end, page + 1);
    else ranges.push({ start: page, end: page + 1 });
  }
  return ranges;
}
