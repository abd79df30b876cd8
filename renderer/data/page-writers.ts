import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CodePlace, WriterRow, WritersReply } from '#shared/contract/writers.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { codeName, threadName } from '#shared/writers/code-names.ts';
import { plural } from '../ui/format.ts';
import { OWN_CLASSES, shareOfClass } from './colour-classes.ts';
import { ageOfHeat, HEAT_WINDOW } from './heat.ts';
import type { ClassScale, PageColouring } from './page-colouring.ts';

/** What the colours of writers, and column Top writer, distinguish. */
export const WRITER_GROUPINGS = ['function', 'thread'] as const;
export type WriterGrouping = (typeof WRITER_GROUPINGS)[number];

/** Key of all writers without a colour of their own. */
export const OTHER_WRITERS = 'others';

/** A function or a thread, and the pages that it was the last to write. */
export interface WriterEntry {
  /** Identifies the writer across readings. */
  readonly key: string;
  readonly name: string;
  readonly pages: number;
  /** Index of its colour; OWN_CLASSES for the others. */
  readonly slot: number;
}

export interface PageWritersStore {
  /** Rises with each change. */
  readonly version: number;
  /** By colour; the others last, if there are any. */
  readonly entries: readonly WriterEntry[];
  /** Key of the only entry whose pages are coloured; null: all are. */
  readonly filter: string | null;
}

/** Pages by the name of their last writer, of one range. */
export type WriterShares = ReadonlyMap<string, number>;

interface Group {
  readonly key: string;
  readonly name: string;
  pages: number;
}

/** The map's clock: pages have the age that has the colour of their writer. */
const NOW = HEAT_WINDOW + 1000;
const TIMES = Uint32Array.from(
  { length: OWN_CLASSES + 1 },
  (_, slot) => NOW - Math.round(ageOfHeat(shareOfClass(slot))) + 1,
);
const NONE = new Float64Array();
/** Letters of a name in a picture's legend. */
const MAX_NAME = 48;

const shortened = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);

/**
 * The last writer of each page, as the engine, or the recording, knows it. As a colouring, the pages' times are such that the painters'
 * ramp has the colour of the writer: from afar, the first of the legend is seen.
 */
export class PageWriters implements PageColouring {
  readonly now = NOW;
  readonly store: StoreApi<PageWritersStore> = createStore<PageWritersStore>(() => ({
    version: 0,
    entries: [],
    filter: null,
  }));
  private grouping: WriterGrouping = 'function';
  private rows: readonly WriterRow[] = [];
  private places: readonly CodePlace[] = [];
  /** First page, pages and row of each run, ascending and apart. */
  private owners: Float64Array = NONE;
  /** The group of each row. */
  private groups: readonly Group[] = [];
  /** Key of the writer that has each colour. */
  private slots: readonly (string | null)[] = [];
  private timesByTile = new Map<number, Uint32Array>();

  get version(): number {
    return this.store.getState().version;
  }

  get scale(): ClassScale {
    const { entries } = this.store.getState();
    return {
      kind: 'classes',
      title: this.grouping === 'function' ? 'Written by function' : 'Written by thread',
      classes: entries.map(({ slot, name, pages }) => ({
        at: shareOfClass(slot),
        text: `${shortened(name)} · ${plural(pages, 'page')}`,
      })),
    };
  }

  times(tile: number): Uint32Array | null {
    return this.timesByTile.get(tile) ?? null;
  }

  /** Function and thread that wrote `page` last; null if they are not known. */
  writerOf(page: number): { readonly code: string; readonly thread: string } | null {
    const { owners } = this;
    const run = lowerBound(
      0,
      owners.length / 3,
      (i) => (owners[3 * i] ?? 0) + (owners[3 * i + 1] ?? 0) > page,
    );
    if ((owners[3 * run] ?? Infinity) > page) return null;
    const row = this.rows[owners[3 * run + 2] ?? -1];
    const place = row && this.places[row.place];
    return place ? { code: codeName(place), thread: threadName(row.tid, row.thread) } : null;
  }

  /** Pages of each range by their last writer; the ranges ascend and are apart. */
  sharesOf(ranges: readonly PageRange[]): readonly WriterShares[] {
    const shares = ranges.map(() => new Map<string, number>());
    let first = 0;
    this.forEachRun((start, end, row) => {
      while (first < ranges.length && (ranges[first]?.end ?? 0) <= start) first++;
      const name = this.groups[row]?.name ?? '';
      for (let i = first; i < ranges.length; i++) {
        const range = ranges[i];
        if (!range || range.start >= end) break;
        const pages = Math.min(end, range.end) - Math.max(start, range.start);
        shares[i]?.set(name, (shares[i]?.get(name) ?? 0) + pages);
      }
    });
    return shares;
  }

  /** Takes what was read. @returns the tiles that look different */
  take({ rows, places, owners }: Pick<WritersReply, 'rows' | 'places' | 'owners'>): number[] {
    this.rows = rows;
    this.places = places;
    this.owners = owners;
    return this.regroup();
  }

  /** Nothing is known, and colours belong to nothing: another source was opened. */
  reset(): number[] {
    this.slots = [];
    this.store.setState({ filter: null });
    return this.take({ rows: [], places: [], owners: NONE });
  }

  /** @returns the tiles that look different */
  groupBy(grouping: WriterGrouping): number[] {
    if (grouping === this.grouping) return [];
    this.grouping = grouping;
    this.slots = [];
    this.store.setState({ filter: null });
    return this.regroup();
  }

  /** Colours the pages of one entry only, by its key; null: of all. @returns the tiles that look different */
  show(filter: string | null): number[] {
    this.store.setState({ filter });
    return this.regroup();
  }

  private regroup(): number[] {
    const known = new Map<string, Group>();
    this.groups = this.rows.map((row) => {
      const { key, name } = this.identify(row);
      const group = known.get(key) ?? { key, name, pages: 0 };
      known.set(key, group);
      return group;
    });
    this.forEachRun((start, end, row) => {
      const group = this.groups[row];
      if (group) group.pages += end - start;
    });
    const ranked = [...known.values()].filter(({ pages }) => pages > 0).sort((a, b) => b.pages - a.pages);
    const { filter } = this.store.getState();
    this.slots = assignSlots(
      this.slots,
      ranked.map(({ key }) => key),
      filter,
    );
    const slotOf = new Map(this.slots.map((key, slot) => [key, slot]));
    const others = ranked.filter(({ key }) => !slotOf.has(key)).reduce((sum, { pages }) => sum + pages, 0);
    const entries: WriterEntry[] = ranked
      .flatMap(({ key, name, pages }) => {
        const slot = slotOf.get(key);
        return slot === undefined ? [] : [{ key, name, pages, slot }];
      })
      .sort((a, b) => a.slot - b.slot);
    if (others > 0) entries.push({ key: OTHER_WRITERS, name: 'Others', pages: others, slot: OWN_CLASSES });
    this.store.setState(({ version }) => ({ version: version + 1, entries }));
    return this.paint((key) => {
      const slot = slotOf.get(key) ?? OWN_CLASSES;
      const isShown = filter === null || filter === (slot === OWN_CLASSES ? OTHER_WRITERS : key);
      return isShown ? (TIMES[slot] ?? 0) : 0;
    });
  }

  private identify({ tid, thread, place }: WriterRow): { readonly key: string; readonly name: string } {
    if (this.grouping === 'thread') return { key: `thread ${tid}`, name: threadName(tid, thread) };
    const code = this.places[place];
    const name = code ? codeName(code) : '';
    return { key: `function ${code?.module} ${name}`, name };
  }

  /** @returns the tiles that look different */
  private paint(timeOf: (key: string) => number): number[] {
    const times = this.groups.map(({ key }) => timeOf(key));
    const timesByTile = new Map<number, Uint32Array>();
    this.forEachRun((start, end, row) => {
      const time = times[row] ?? 0;
      if (time === 0) return;
      for (let page = start; page < end;) {
        const tile = tileOfPage(page);
        const base = tile * PAGES_PER_TILE;
        const ofTile = timesByTile.get(tile) ?? new Uint32Array(PAGES_PER_TILE);
        timesByTile.set(tile, ofTile);
        ofTile.fill(time, page - base, Math.min(end - base, PAGES_PER_TILE));
        page = base + PAGES_PER_TILE;
      }
    });
    const before = this.timesByTile;
    this.timesByTile = timesByTile;
    const tiles = new Set([...before.keys(), ...timesByTile.keys()]);
    return [...tiles].filter((tile) => !isSame(before.get(tile), timesByTile.get(tile)));
  }

  private forEachRun(visit: (start: number, end: number, row: number) => void): void {
    const { owners } = this;
    for (let i = 0; i + 2 < owners.length; i += 3) {
      const start = owners[i] ?? 0;
      visit(start, start + (owners[i + 1] ?? 0), owners[i + 2] ?? 0);
    }
  }
}

/**
 * Who has which colour: the first of `ranked`, and `kept`, each where it was before, so that colours do not change while ranks do.
 */
export function assignSlots(
  before: readonly (string | null)[],
  ranked: readonly string[],
  kept: string | null,
): (string | null)[] {
  const wanted = new Set(ranked.slice(0, OWN_CLASSES));
  if (kept !== null && ranked.includes(kept) && !wanted.has(kept)) {
    wanted.delete(ranked[OWN_CLASSES - 1] ?? '');
    wanted.add(kept);
  }
  const slots = Array.from({ length: OWN_CLASSES }, (_, i) => {
    const key = before[i] ?? null;
    return key !== null && wanted.delete(key) ? key : null;
  });
  const rest = [...wanted];
  return slots.map((key) => key ?? rest.shift() ?? null);
}

const isSame = (one: Uint32Array | undefined, other: Uint32Array | undefined): boolean =>
  one !== undefined && other !== undefined && one.every((value, i) => value === other[i]);

/** The writer of most pages, and its share of those whose writer is known; null if none is. */
export function topWriter(shares: readonly WriterShares[]): { name: string; share: number } | null {
  const sums = new Map<string, number>();
  let all = 0;
  for (const [name, pages] of shares.flatMap((one) => [...one])) {
    sums.set(name, (sums.get(name) ?? 0) + pages);
    all += pages;
  }
  let top: [name: string, pages: number] | null = null;
  for (const one of sums) if (top === null || one[1] > top[1]) top = one;
  return top === null ? null : { name: top[0], share: top[1] / all };
}
