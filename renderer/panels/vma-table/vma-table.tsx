import { ArrowDown, ArrowUp, Search } from 'lucide-react';
import {
  type KeyboardEvent,
  useDeferredValue,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
} from 'react';
import { findVma } from '#shared/memory/vma.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useModel, useSelection, useVmaSums } from '../../model/context.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { TextField } from '../../ui/fields.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { arrange, type Column, COLUMNS, type Sort } from './columns.ts';
import { ROW_HEIGHT, VmaRow } from './vma-row.tsx';
import './vma-table.css';

/** Rows kept on each side of what is seen. */
const SPARE = 8;

/** All VMAs: sorted, filtered; only what is in view is in the document, so their number does not matter. */
export function VmaTable() {
  const model = useModel();
  const map = useMap();
  const sums = useVmaSums((state) => state);
  const chosen = useSelection((state) => state.range);
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'start', descending: false });
  const [active, setActive] = useState(-1);
  const shownFilter = useDeferredValue(filter);
  const order = useMemo(() => arrange(sums, shownFilter, sort), [sums, shownFilter, sort]);
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ first: 0, count: 40 });

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = (): void => {
      const first = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT) - SPARE);
      const count = Math.ceil(element.clientHeight / ROW_HEIGHT) + 2 * SPARE;
      setSeen((old) => (old.first === first && old.count === count ? old : { first, count }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);

  // The selection is one everywhere: what is chosen on the map is brought into view here.
  const follow = useEffectEvent((page: number): void => {
    const index = findVma(sums.vmas, page);
    const place = order.indexOf(index);
    if (index < 0 || place < 0) return;
    setActive(place);
    reveal(scroller.current, place);
  });
  useEffect(
    () =>
      model.selection.subscribe(({ cursor }, before) => {
        if (cursor !== null && cursor !== before.cursor) follow(cursor);
      }),
    [model],
  );

  const choose = (place: number): void => {
    const vma = sums.vmas[order[place] ?? -1];
    if (!vma) return;
    setActive(place);
    selectRange(model.selection, vma);
    map.camera.frameRange(vma);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, seen.count - 2 * SPARE - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: order.length - 1,
    };
    const move = moves[event.key];
    if (event.key === 'Enter') choose(active);
    else if (move !== undefined && order.length > 0) {
      const next = Math.min(order.length - 1, Math.max(0, move));
      setActive(next);
      reveal(scroller.current, next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const rows = order.slice(seen.first, seen.first + seen.count);
  return (
    <section className="vmas" aria-label="Memory mappings">
      <div className="panel__head">
        <h2>Mappings</h2>
        <span className="faint" data-testid="vma-count">
          {order.length === sums.vmas.length
            ? formatCount(sums.vmas.length)
            : `${formatCount(order.length)} of ${formatCount(sums.vmas.length)}`}
        </span>
        <div className="vmas__filter">
          <TextField
            label="Filter mappings"
            hideLabel
            value={filter}
            onChange={setFilter}
            placeholder="Filter"
            icon={<Search className="icon faint" aria-hidden />}
          />
        </div>
      </div>
      <div
        ref={scroller}
        className="vmas__scroll"
        role="grid"
        aria-label="Memory mappings"
        aria-rowcount={order.length + 1}
        aria-colcount={COLUMNS.length}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...(active >= 0 && active < order.length ? { 'aria-activedescendant': `vma-row-${active}` } : {})}
      >
        <div className="vmas__table" role="rowgroup">
          <div className="vmas__row vmas__row--head" role="row" aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={setSort} />
            ))}
          </div>
          <div className="vmas__body" role="presentation" style={{ height: order.length * ROW_HEIGHT }}>
            {rows.map((index, i) => {
              const place = seen.first + i;
              const vma = sums.vmas[index];
              return vma ? (
                <VmaRow
                  key={index}
                  vma={vma}
                  place={place}
                  counts={[
                    sums.written[index] ?? 0,
                    sums.present[index] ?? 0,
                    sums.swapped[index] ?? 0,
                    sums.huge[index] ?? 0,
                    sums.rate[index] ?? 0,
                  ]}
                  isActive={place === active}
                  isChosen={chosen !== null && chosen.start < vma.end && chosen.end > vma.start}
                  onChoose={choose}
                />
              ) : null;
            })}
          </div>
        </div>
        {order.length === 0 && (
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

function reveal(element: HTMLElement | null, place: number): void {
  if (!element) return;
  const top = place * ROW_HEIGHT;
  // The head stays at the top and covers a row.
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + 2 * ROW_HEIGHT > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + 2 * ROW_HEIGHT - element.clientHeight;
  }
}
