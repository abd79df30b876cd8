import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useEffect, useEffectEvent, useMemo, useState } from 'react';
import { findVma } from '#shared/memory/vma.ts';
import { useMap } from '../../heatmap/view/context.ts';
import {
  useModel,
  useNamedRanges,
  useSelection,
  useSteps,
  useView,
  useVmaSums,
} from '../../model/context.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { plural } from '../../ui/format.ts';
import { useSize } from '../../ui/use-size.ts';
import { movedRow, useVisibleRows } from '../../ui/use-visible-rows.ts';
import { useActiveRow } from './use-active-row.ts';
import { distinctStartDigits } from '../../ui/address-digits.ts';
import { type Column, fitColumns } from './columns.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { ClassCounts } from '#shared/memory/write-counts.ts';
import type { WriterShares } from '../../data/page-writers.ts';
import type { AppModel } from '../../model/app-model.ts';
import { namedFigures } from './named-figures.ts';
import { figuresOf, groupKey, type Sort, type TableRow, tableRows } from './rows.ts';
import { ROW_HEIGHT, VmaRow } from './vma-row.tsx';
import { VmaTableHead } from './vma-table-head.tsx';
import './vma-table.css';

/** Width that is assumed until the table is measured. */
const ASSUMED_WIDTH = 396;

const NONE_LIT: readonly { readonly start: number; readonly pages: number }[] = [];

/** All VMAs: sorted, filtered, files folded; only rows in view are in the document, so their number does not matter. */
export function VmaTable() {
  const model = useModel();
  const map = useMap();
  const sums = useVmaSums((state) => state);
  const selected = useSelection((state) => state.range);
  const columns = useView((state) => state.vmaColumns);
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'start', descending: false });
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const lit = useSteps(({ state }) => state?.current?.touched.vmas) ?? NONE_LIT;
  const shownFilter = useDeferredValue(filter);
  const named = useNamedRanges((state) => state.shown);
  const rows = useMemo(
    () => tableRows(sums, shownFilter, sort, open, named),
    [sums, shownFilter, sort, open, named],
  );
  const [active, setActive] = useActiveRow(rows, sums.vmas);
  const [scroller, size] = useSize<HTMLDivElement>();
  const visible = useVisibleRows(scroller, rows.length, ROW_HEIGHT, ROW_HEIGHT);
  const width = size?.width || ASSUMED_WIDTH;
  const digits = useMemo(() => {
    const starts = [...sums.vmas, ...named.map(({ pages }) => pages)].map(({ start }) => start);
    return distinctStartDigits(starts);
  }, [sums.vmas, named]);
  const fitted = useMemo(() => fitColumns(columns, width, digits), [columns, width, digits]);
  const matching = rows.reduce((sum, { level, indexes }) => sum + (level === 1 ? indexes.length : 0), 0);

  // The selection is one everywhere: what is selected on the map is brought into view here.
  const follow = useEffectEvent((page: number): void => {
    const index = findVma(sums.vmas, page);
    const holds = (pages: { start: number; end: number }): boolean => pages.start <= page && page < pages.end;
    const place =
      index < 0
        ? -1
        : rows.findLastIndex(
            ({ indexes, named: one }) => indexes.includes(index) && (!one || holds(one.pages)),
          );
    if (place < 0) return;
    setActive(place);
    visible.reveal(place);
  });
  useEffect(
    () =>
      model.selection.subscribe(({ cursor }, before) => {
        if (cursor !== null && cursor !== before.cursor) follow(cursor);
      }),
    [model],
  );

  const toggle = (place: number, wanted?: boolean): void => {
    const row = rows[place];
    if (!row || row.isOpen === null) return;
    const key = groupKey(sums.vmas, row.indexes);
    setOpen((old) => {
      const next = new Set(old);
      if (wanted ?? !old.has(key)) next.add(key);
      else next.delete(key);
      return next;
    });
  };
  const select = (place: number): void => {
    const range = rangeOf(rows[place]);
    if (!range) return;
    selectRange(model.selection, range);
    setActive(place);
    map.camera.frameRange(range);
  };
  const rangeOf = (row: TableRow | undefined): { start: number; end: number } | null => {
    if (row?.named) return row.named.pages;
    const first = sums.vmas[row?.indexes[0] ?? -1];
    const last = sums.vmas[row?.indexes.at(-1) ?? -1];
    return first && last ? { start: first.start, end: last.end } : null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = movedRow(event.key, active, rows.length, visible.page);
    const row = rows[active];
    if (event.key === 'Enter') select(active);
    else if (event.key === 'ArrowRight' && row?.isOpen === false) toggle(active, true);
    else if (event.key === 'ArrowLeft' && row?.isOpen === true) toggle(active, false);
    else if (event.key === 'ArrowLeft' && row?.level === 2) {
      setActive(rows.findLastIndex(({ level }, place) => place < active && level === 1));
    } else if (next !== null) {
      setActive(next);
      visible.reveal(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <section className="vmas" aria-label="Memory mappings" tabIndex={-1}>
      <VmaTableHead
        mappings={sums.vmas.length}
        matching={matching}
        filter={filter}
        onFilter={setFilter}
        fitted={fitted}
      />
      <div
        ref={scroller}
        className="vmas__scroll"
        role="treegrid"
        aria-label="Memory mappings"
        aria-rowcount={rows.length + 1}
        aria-colcount={fitted.columns.length}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...(active >= 0 && active < rows.length ? { 'aria-activedescendant': `vma-row-${active}` } : {})}
      >
        <div role="rowgroup">
          <div
            className="vmas__row vmas__row--head"
            role="row"
            aria-rowindex={1}
            style={{ gridTemplateColumns: fitted.template }}
          >
            {fitted.columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={setSort} />
            ))}
          </div>
          <div className="vmas__body" role="presentation" style={{ height: rows.length * ROW_HEIGHT }}>
            {rows.slice(visible.first, visible.first + visible.count).map((row, i) => {
              const place = visible.first + i;
              const vma = sums.vmas[row.indexes[0] ?? -1];
              const range = rangeOf(row);
              if (!vma || !range) return null;
              return (
                <VmaRow
                  key={row.named?.range.id ?? (row.isOpen === null ? vma.start : `${vma.start} group`)}
                  vma={vma}
                  named={row.named}
                  mappings={row.indexes.length}
                  place={place}
                  level={row.level}
                  isOpen={row.isOpen}
                  figures={
                    row.named
                      ? namedFigures(
                          model.frames,
                          row.named,
                          namedClasses(model, row.named.pages),
                          namedWriters(model, row.named.pages),
                        )
                      : figuresOf(sums, row.indexes)
                  }
                  fitted={fitted}
                  isActive={place === active}
                  isSelected={selected !== null && selected.start < range.end && selected.end > range.start}
                  isLit={lit.some(({ start, pages }) => start < range.end && start + pages > range.start)}
                  onSelect={select}
                  onToggle={toggle}
                />
              );
            })}
          </div>
        </div>
        {rows.length === 0 && (
          <p className="empty">
            {sums.vmas.length === 0
              ? 'No mappings yet.'
              : `None of ${plural(sums.vmas.length, 'mapping')} matches.`}
          </p>
        )}
      </div>
    </section>
  );
}

interface HeadCellProps {
  readonly column: Column;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

function HeadCell({ column, sort, onSort }: HeadCellProps) {
  const sorted = sort.column === column.id;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      className={column.numeric ? 'vmas__cell num' : 'vmas__cell'}
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className="vmas__sort"
        {...(column.hint ? { title: column.hint } : {})}
        onClick={() => onSort({ column: column.id, descending: sorted ? !sort.descending : column.numeric })}
      >
        {column.title}
        {sorted && <Arrow className="vmas__arrow" aria-hidden />}
      </button>
    </div>
  );
}

function namedWriters({ pageWriters }: AppModel, range: PageRange): WriterShares | null {
  return pageWriters.hasColumn ? (pageWriters.data.sharesOf([range])[0] ?? null) : null;
}

function namedClasses({ howOften }: AppModel, range: PageRange): ClassCounts | null {
  return howOften.hasColumns ? (howOften.data.classesOf([range])[0] ?? null) : null;
}
