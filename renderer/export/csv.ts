/** Tables for other programs: RFC 4180, a header line, addresses in hex, memory in pages of 4 KiB. */
import { csvFormatRows } from 'd3';
import { InspectorError } from '#shared/contract/errors.ts';
import { formatPage, PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { trackingOf, vmaPermissions } from '#shared/memory/vma.ts';
import { WRITE_CLASSES, type WriteCount } from '#shared/memory/write-counts.ts';
import type { FrameStore } from '../data/frame-store.ts';
import type { HowOften } from '../data/how-often.ts';
import { type PageWriters, topWriter } from '../data/page-writers.ts';
import { sumVmas } from '../data/vma-summary.ts';
import { escapeFormula } from '#shared/csv.ts';

/** More lines than any table program takes; more is rejected rather than cut off. */
const MAX_LINES = 4 * 2 ** 20;

const VMA_COLUMNS = [
  'start',
  'end',
  'pages',
  'permissions',
  'kind',
  'name',
  'pgoff',
  'soft_dirty',
  'vm_flags',
  'tracked',
  'tracking',
  'reason',
  'written_pages',
  'present_pages',
  'swapped_pages',
  'huge_pages',
  'touched_pages',
  'hot_pages',
  'gone_pages',
  'counted_intervals',
  ...WRITE_CLASSES.map((name) => `${name}_pages`),
  'period',
  'top_writer',
  'top_writer_share',
];

const WRITTEN_COLUMNS = [
  ...['start', 'end', 'pages', 'vma', 'reason', 'last_written_ms'],
  ...['written_intervals', 'counted_intervals', 'class', 'period'],
];

/**
 * One line per VMA, by address. `period` is that of most of its periodic pages, in intervals; `top_writer` the last writer of most pages, and
 * its share of the pages whose writer is known, empty if none is.
 */
export function vmasCsv(
  frames: Pick<FrameStore, 'vmas' | 'tiles'>,
  counts: Pick<HowOften, 'intervals' | 'classesOf'>,
  writers: Pick<PageWriters, 'sharesOf'>,
): string {
  const sums = sumVmas(frames);
  const classes = counts.classesOf(frames.vmas);
  const tops = writers.sharesOf(frames.vmas).map((shares) => topWriter([shares]));
  const rows = frames.vmas.map((vma, i) => [
    formatPage(vma.start),
    formatPage(vma.end),
    vma.end - vma.start,
    vmaPermissions(vma),
    vma.kind,
    vma.name,
    vma.pgoff,
    vma.softDirty,
    vma.flags,
    vma.tracked,
    trackingOf(vma).tracking,
    trackingOf(vma).reason,
    sums.written[i] ?? 0,
    sums.present[i] ?? 0,
    sums.swapped[i] ?? 0,
    sums.huge[i] ?? 0,
    sums.touched[i] ?? 0,
    sums.hot[i] ?? 0,
    sums.gone[i] ?? 0,
    counts.intervals,
    ...WRITE_CLASSES.map((name) => classes[i]?.pages[name] ?? 0),
    classes[i]?.periods[0]?.[0] ?? '',
    escapeFormula(tops[i]?.name ?? ''),
    tops[i]?.share.toFixed(4) ?? '',
  ]);
  return lines([VMA_COLUMNS, ...rows]);
}

/**
 * The pages of plane Written, by address: a line for each run of neighbours in one VMA that were last written at the
 * same time, for the same reason and in as many of the counted intervals. `reason` is `entry` (the page's own), or `vma` (VM_SOFTDIRTY alone; such pages have
 * no time). `last_written_ms` is the session's clock, and empty in mode hold, in which that is not known.
 * @throws InspectorError `bad-request` beyond 4 Mi lines
 */
export function writtenCsv(
  frames: Pick<FrameStore, 'vmas' | 'tiles' | 'table' | 'mode'>,
  counts: Pick<HowOften, 'intervals' | 'countOf'>,
): string {
  const { vmas } = frames;
  const runs: WrittenRun[] = [];
  let vma = 0;
  for (const [from, to] of frames.tiles.runs(Plane.Written)) {
    for (let page = from; page < to;) {
      while (vma < vmas.length - 1 && (vmas[vma]?.end ?? 0) <= page) vma++;
      const run = runInTile(frames, counts, page, Math.min(to, vmas[vma]?.end ?? Infinity), vma);
      page = run.end;
      const last = runs.at(-1);
      if (last && continues(last, run)) last.end = run.end;
      else if (runs.push(run) > MAX_LINES) throw tooMany();
    }
  }
  const rows = runs.map(({ start, end, vma: index, time, fresh, count }) => [
    formatPage(start),
    formatPage(end),
    end - start,
    vmas[index]?.name ?? '',
    fresh ? 'vma' : 'entry',
    time === 0 ? '' : time - 1,
    count?.count ?? 0,
    counts.intervals,
    count?.class ?? '',
    count?.period ?? '',
  ]);
  return lines([WRITTEN_COLUMNS, ...rows]);
}

interface WrittenRun {
  readonly start: number;
  end: number;
  readonly vma: number;
  readonly time: number;
  readonly fresh: boolean;
  readonly count: WriteCount | null;
}

/** From `page` on, as far as time, reason and count stay the same, at most to `to` or the tile's end. */
function runInTile(
  { tiles, table, mode }: Pick<FrameStore, 'tiles' | 'table' | 'mode'>,
  counts: Pick<HowOften, 'countOf'>,
  page: number,
  to: number,
  vma: number,
): WrittenRun {
  const tile = tileOfPage(page);
  const base = tile * PAGES_PER_TILE;
  const times = mode === 'hold' ? null : table.times(table.find(tile));
  const time = times?.[page - base] ?? 0;
  const fresh = tiles.test(Plane.Fresh, page);
  const stop = Math.min(to, base + PAGES_PER_TILE);
  const count = counts.countOf(page);
  let end = page + 1;
  while (
    end < stop &&
    (times?.[end - base] ?? 0) === time &&
    tiles.test(Plane.Fresh, end) === fresh &&
    isSameCount(counts.countOf(end), count)
  )
    end++;
  return { start: page, end, vma, time, fresh, count };
}

const continues = (a: WrittenRun, b: WrittenRun): boolean =>
  a.end === b.start &&
  a.vma === b.vma &&
  a.time === b.time &&
  a.fresh === b.fresh &&
  isSameCount(a.count, b.count);

const isSameCount = (a: WriteCount | null, b: WriteCount | null): boolean =>
  a?.count === b?.count && a?.class === b?.class && a?.period === b?.period;

const lines = (rows: readonly (readonly (string | number | boolean)[])[]): string =>
  `${csvFormatRows(rows.map((row) => row.map(String)))}\n`;

const tooMany = (): InspectorError =>
  new InspectorError(
    'bad-request',
    'The written pages are more than 4 Mi runs, too many for a table.',
    'Clear and export again sooner, or record the session: a recording has no such limit.',
  );
