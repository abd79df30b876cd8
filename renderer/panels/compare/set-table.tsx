import { ChevronDown, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Comparison } from '#shared/contract/recording.ts';
import { rangePages } from '#shared/memory/range.ts';
import { KIND_TITLES } from '../../heatmap/description/describe.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useModel, useView } from '../../model/context.ts';
import { ComparedTiles } from '../../data/compared-tiles.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { Address } from '../../ui/address.tsx';
import { CutName } from '../../ui/cut-name.tsx';
import { formatCount, formatPages, plural } from '../../ui/format.ts';
import { useTheme } from '../../ui/use-media.ts';
import { movedRow, useVisibleRows } from '../../ui/use-visible-rows.ts';
import { setPalette } from './set-palette.ts';
import { RUNS_LISTED, type SetRow, setRows, type SetSort } from './set-rows.ts';

const ROW = 22;
const COLUMNS: readonly (readonly [SetSort | 'name', string])[] = [
  ['start', 'Start'],
  ['name', 'Name'],
  ['onlyA', 'Only A'],
  ['onlyB', 'Only B'],
  ['both', 'Both'],
];
const WORDS = ['', 'only A', 'only B', 'both'] as const;

/** The sets by VMA, each of which opens into its runs of pages; only what is in view is in the document. */
export function SetTable({ comparison }: { readonly comparison: Comparison }) {
  const model = useModel();
  const map = useMap();
  const theme = useTheme(useView((state) => state.theme));
  const palette = useMemo(() => setPalette(theme), [theme]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [sort, setSort] = useState<SetSort>('start');
  const [active, setActive] = useState(-1);
  const scroller = useRef<HTMLDivElement>(null);
  const tiles = useMemo(() => new ComparedTiles(comparison.tiles), [comparison]);
  const rows = useMemo(() => setRows(comparison.vmas, tiles, open, sort), [comparison, tiles, open, sort]);
  const visible = useVisibleRows(scroller, rows.length, ROW, ROW);

  const toggle = (row: SetRow, wanted?: boolean): void =>
    setOpen((old) => {
      const next = new Set(old);
      if (wanted ?? !old.has(row.vma.start)) next.add(row.vma.start);
      else next.delete(row.vma.start);
      return next;
    });
  const select = (place: number): void => {
    const row = rows[place];
    if (!row) return;
    setActive(place);
    const range = row.kind === 'run' ? row.run : row.vma;
    selectRange(model.selection, range);
    map.camera.frameRange(range);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = movedRow(event.key, active, rows.length, visible.page);
    const row = rows[active];
    if (event.key === 'Enter') select(active);
    else if (event.key === 'ArrowRight' && row) toggle(row, true);
    else if (event.key === 'ArrowLeft' && row) {
      toggle(row, false);
      setActive(rows.findIndex((one) => one.kind === 'vma' && one.vma === row.vma));
    } else if (next !== null) {
      setActive(next);
      visible.reveal(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={scroller}
      className="sets__scroll"
      role="treegrid"
      aria-label="Compared mappings"
      aria-rowcount={rows.length + 1}
      aria-colcount={COLUMNS.length}
      tabIndex={0}
      onKeyDown={onKeyDown}
      {...(active >= 0 && active < rows.length ? { 'aria-activedescendant': `set-row-${active}` } : {})}
    >
      <div role="rowgroup">
        <div className="sets__row sets__row--head" role="row" aria-rowindex={1}>
          {COLUMNS.map(([id, title]) => (
            <div
              key={id}
              role="columnheader"
              className={id === 'start' || id === 'name' ? 'sets__cell' : 'sets__cell num'}
              aria-sort={id !== sort ? 'none' : sort === 'start' ? 'ascending' : 'descending'}
            >
              {id === 'name' ? (
                title
              ) : (
                <button type="button" className="sets__sort" onClick={() => setSort(id)}>
                  {title}
                  {id === sort && <ChevronDown className="sets__arrow" aria-hidden />}
                </button>
              )}
            </div>
          ))}
        </div>
        <div className="sets__body" role="presentation" style={{ height: rows.length * ROW }}>
          {rows.slice(visible.first, visible.first + visible.count).map((row, i) => {
            const place = visible.first + i;
            return (
              <div
                key={place}
                id={`set-row-${place}`}
                className={`sets__row${place === active ? ' sets__row--active' : ''}`}
                role="row"
                aria-rowindex={place + 2}
                aria-level={row.kind === 'vma' ? 1 : 2}
                {...(row.kind === 'vma' ? { 'aria-expanded': row.isOpen } : {})}
                style={{ top: place * ROW }}
                onClick={() => select(place)}
              >
                {row.kind === 'vma' ? (
                  <VmaCells row={row} onToggle={() => toggle(row)} />
                ) : row.kind === 'run' ? (
                  <>
                    <div role="gridcell" className="sets__cell sets__cell--run">
                      <Address page={row.run.start} />
                    </div>
                    <div role="gridcell" className="sets__cell sets__of">
                      <span className="sets__swatch" style={{ background: palette.css(row.run.belongs) }} />
                      {WORDS[row.run.belongs]}, {plural(rangePages(row.run), 'page')},{' '}
                      {formatPages(rangePages(row.run))}
                    </div>
                  </>
                ) : (
                  <div role="gridcell" className="sets__cell sets__cell--run faint">
                    more than {formatCount(RUNS_LISTED)} runs
                  </div>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface VmaCellsProps {
  readonly row: Extract<SetRow, { kind: 'vma' }>;
  readonly onToggle: () => void;
}

function VmaCells({ row: { vma, isOpen }, onToggle }: VmaCellsProps) {
  const Mark = isOpen ? ChevronDown : ChevronRight;
  return (
    <>
      <div role="gridcell" className="sets__cell sets__start">
        <span
          className="sets__toggle"
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <Mark className="icon" aria-hidden />
        </span>
        <Address page={vma.start} />
      </div>
      <div role="gridcell" className="sets__cell ellipsis" title={vma.name}>
        {vma.name === '' ? (
          <span className="faint">{KIND_TITLES[vma.kind]}</span>
        ) : (
          <CutName name={vma.name} />
        )}
      </div>
      {[vma.onlyA, vma.onlyB, vma.both].map((count, i) => (
        <div key={i} role="gridcell" className="sets__cell num">
          {count === 0 ? <span className="faint">–</span> : formatCount(count)}
        </div>
      ))}
    </>
  );
}
