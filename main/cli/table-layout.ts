import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { trackingCostPhrases } from '#shared/source/tracking-cost.ts';
import { formatCount } from '#shared/plural.ts';
import type { MapsVma } from '../native/process/maps.ts';
import { cut, formatSize, printable } from './terminal-text.ts';
import { tableRows } from './watch-rows.ts';
import type { WatchInfo } from './watch-view.ts';

/** What one table shows. */
export interface TableState {
  readonly info: WatchInfo;
  readonly vmas: readonly MapsVma[];
  /** Milliseconds since the attach. */
  readonly time: number;
  /** What was written in the last `recentMs`; null: that is left out. */
  readonly recent: TileSet | null;
  readonly recentMs: number;
  readonly all: TileSet;
  /** The latest message for the user; empty: none. */
  readonly message: string;
}

/** Size of the terminal in characters and lines; Infinity if nothing is cut. */
interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** Minimum columns for sentences. */
const WIDE = 100;
/** Rows of VMAs before lines that can be left out are shown. */
const MIN_VMA_ROWS = 4;

/** The lines of a table with at most `top` VMAs, no more and no longer than `room` has. */
export function tableLines(state: TableState, top: number, { columns, rows }: Room): string[] {
  const { info, vmas, recent, all, message } = state;
  const head = [title(state), pagesLine(state, columns)];
  const foot = message === '' ? [] : [message];
  // The heads of the columns, and the line about the others.
  const spare = rows - head.length - foot.length - 2;
  const costs = trackingCostPhrases(info.cost());
  const optional = [
    ...(costs.length > 0 ? [`Cost: ${costs.join(' · ')}`] : []),
    ...otherEvents(all, columns),
  ].slice(0, Math.max(0, spare - MIN_VMA_ROWS));
  const table = tableRows(
    vmas,
    recent && recent.runs(Plane.Written),
    all.runs(Plane.Written),
    Math.max(1, Math.min(top, spare - optional.length)),
    columns,
  );
  return [...head, ...optional, ...table, ...foot].map((line) => cut(line, columns));
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function title({ info, time }: TableState): string {
  const { title: name, pid, backend, atomic, hz } = info;
  const tracking = backend === 'none' ? 'not tracked' : backend;
  return `${printable(name)} (${pid}), ${tracking}${atomic ? '' : ', not exact'}, ${hz} ${hz === 1 ? 'sample' : 'samples'} a second, ${seconds(time)}`;
}

function pagesLine({ recent, recentMs, all }: TableState, columns: number): string {
  if (columns < WIDE) {
    return `Written ${recent ? `now ${counted(recent)}, ` : ''}in total ${counted(all)}`;
  }
  const lately = recent ? `now (the last ${seconds(recentMs)}): ${counted(recent)}; ` : '';
  return `Pages written ${lately}in total: ${counted(all)}`;
}

/** Totals of other events; empty if there are none. */
function otherEvents(tiles: TileSet, columns: number): string[] {
  const words =
    columns < WIDE
      ? ['touched', 'hot', 'gone']
      : ['present, not before: written or read', 'hot: not known', 'given back'];
  const some = [Plane.Touched, Plane.Hot, Plane.Gone]
    .map((plane, i) => [tiles.count(plane), words[i]] as const)
    .filter(([pages]) => pages > 0)
    .map(([pages, what]) => `${formatCount(pages)} ${what}`);
  return some.length === 0 ? [] : [`Also, in total: ${some.join('; ')}`];
}

function counted(tiles: TileSet): string {
  const pages = tiles.count(Plane.Written);
  return `${formatCount(pages)} (${formatSize(pages * PAGE_SIZE)})`;
}
