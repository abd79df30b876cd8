import { ArrowRight } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useMemo } from 'react';
import { formatPage, PAGE_SIZE } from '#shared/memory/page.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { step as stepFrom } from '../../heatmap/geometry/navigate.ts';
import { paletteOf } from '../../heatmap/paint/palette.ts';
import { useInspection, useModel, useSession, useSteps, useView } from '../../model/context.ts';
import { selectPage } from '../../stores/selection-store.ts';
import { ARROWS } from '../../ui/arrows.ts';
import { formatCount, formatPages } from '../../ui/format.ts';
import { ErrorMessage } from '../../ui/message.tsx';
import { type Size, useSize } from '../../ui/use-size.ts';
import { useTheme } from '../../ui/use-media.ts';
import { entryText, type LevelBits, levelBits, targetText } from './address-bits.ts';
import { Flags } from './flags.tsx';
import { Chain } from './chain.tsx';
import { FlagTable } from './flag-table.tsx';
import { Events } from './page-tab.tsx';
import { Sharing } from './sharing.tsx';
import { tableEntries } from './table-entries.ts';
import { TablePicture } from './table-picture.tsx';
import { useLitEntries } from './use-lit-entries.ts';
import { useWatched } from './use-watched.ts';
import { WalkControls } from './walk-controls.tsx';
import './walk-view.css';

/** From this width in pixels everything is drawn larger, and flags have their meaning beside them. */
const WIDE = 1000;
/** From this width and height the tables are large enough for the back row of a lecture room. */
const VAST = { width: 1800, height: 1200 } as const;
/** Pixels of an entry's square. */
const CELL = { vast: 14, wide: 8, narrow: 4 } as const;

function cellOf({ width, height }: Size): number {
  if (width >= VAST.width && height >= VAST.height) return CELL.vast;
  return width >= WIDE ? CELL.wide : CELL.narrow;
}

/** The walk of the selected page drawn large: the address's bits, and below each group the table that it indexes. */
export function WalkView() {
  useWatched('walk');
  const model = useModel();
  const map = useMap();
  const [ref, size] = useSize<HTMLElement>();
  const walk = useInspection((state) => state.walk);
  const page = useInspection((state) => state.page);
  const error = useInspection((state) => state.walkError);
  const source = useSession((session) => session.state?.source ?? null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    if (!arrow || page === null || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = stepFrom(map.layout.bands, page, ...arrow);
    if (next !== null) selectPage(model.selection, next);
    event.preventDefault();
    event.stopPropagation();
  };
  let inside: ReactNode;
  if (source?.capabilities.walk === 'none') {
    inside = <p className="empty">This source has no page tables to walk.</p>;
  } else if (error) {
    inside = <ErrorMessage error={error} />;
  } else if (page === null) {
    inside = (
      <p className="empty">
        No page selected. Press N for the next written page, or select one on the address map; the arrow keys
        move from there.
      </p>
    );
  } else if (walk) {
    const room = size ?? { width: 0, height: 0 };
    const real = source?.capabilities.walk === 'entries';
    inside = <Drawing walk={walk} real={real} wide={room.width >= WIDE} cell={cellOf(room)} />;
  }
  return (
    <section
      ref={ref}
      className="walkview"
      role="region"
      aria-label="Page-table walk, drawn"
      tabIndex={0}
      onKeyDown={onKeyDown}
      data-testid="walk-view"
    >
      {inside}
    </section>
  );
}

interface DrawingProps {
  readonly walk: PageWalk;
  /** Whether real entries are known, not only the address split. */
  readonly real: boolean;
  readonly wide: boolean;
  /** Pixels of an entry's square. */
  readonly cell: number;
}

function Drawing({ walk, real, wide, cell }: DrawingProps) {
  const stepping = useSteps(({ state }) => state !== null);
  const recorded = useSession(({ state }) => state?.source?.description.kind === 'recording');
  const levels = levelBits(walk);
  const { page } = walk;
  const holding = walk.causes.filter(({ holds, counts }) => holds && counts);
  return (
    <>
      <h2 className="visually-hidden">Page-table walk</h2>
      <p className="walkview__address">
        <span className="mono selectable">{formatPage(page)}</span>
        <span className="dim walkview__reason">{walk.reason}</span>
      </p>
      {stepping && <WalkControls page={page} />}
      {walk.sharing && <Sharing pages={walk.sharing} />}
      <div
        className="walkview__levels"
        style={{ gridTemplateColumns: `repeat(${levels.length + 1}, minmax(0, 1fr))` }}
      >
        {levels.map((level, i) => (
          <Level
            key={level.level}
            level={level}
            next={levels[i + 1] ?? null}
            page={page}
            real={real}
            wide={wide}
            cell={cell}
          />
        ))}
        <div className="level level--page">
          <div className="level__bits">
            <span className="mono level__digits level__digits--offset">offset</span>
            <span className="faint mono">11:0</span>
          </div>
          <h3>Page</h3>
          <p className="dim">
            {wide
              ? `The last 12 bits are the byte in the page: ${PAGE_SIZE} bytes, all counted by one soft-dirty bit.`
              : `${PAGE_SIZE} bytes, one soft-dirty bit.`}
          </p>
          {holding.length > 0 && (
            <ul className="level__why" aria-label="It counts as written because of">
              {holding.map(({ title, detail }) => (
                <li key={title} title={detail}>
                  <b>{title}</b>
                  {wide && <span className="dim">{detail}</span>}
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
      {!real && (
        <p className="dim walkview__note">
          {recorded
            ? 'Only the address is split: the recording has no page tables. The rest is drawn from the recorded frame.'
            : 'Only the address is split: the tables of another process cannot be read from outside. The rest is drawn from pagemap.'}
        </p>
      )}
      {walk.chain && <Chain chain={walk.chain} />}
      {walk.events && <Events events={walk.events} />}
      <div className="walkview__foot">
        <FlagTable />
        {!stepping && <WalkControls page={page} />}
      </div>
    </>
  );
}

interface LevelProps {
  readonly level: LevelBits;
  readonly next: LevelBits | null;
  readonly page: number;
  readonly real: boolean;
  readonly wide: boolean;
  /** Pixels of an entry's square. */
  readonly cell: number;
}

/** One level: the bits that index its table, the table, the entry that was found. */
function Level({ level, next, page, real, wide, cell }: LevelProps) {
  const model = useModel();
  const { frames, selection } = model;
  const theme = useTheme(useView((view) => view.theme));
  const colourMap = useView((view) => view.colourMap);
  const palette = useMemo(() => paletteOf(theme, colourMap), [theme, colourMap]);
  const { sequence } = useSession((session) => session.figures);
  // A few times a second is often enough, and large address spaces have many tables.
  const table = useMemo(
    () => ({ ...tableEntries(frames, page, level.low), sequence }),
    [frames, page, level.low, sequence],
  );
  const whole = useView((view) => view.walkTables);
  const lit = useLitEntries(level.level, table.base);
  const { step } = level;
  const leaf = step !== null && step.target !== 'table';
  const select = (index: number): void => {
    const first = table.base + index * table.span;
    const vma = frames.vmas.find(({ end, start }) => end > first && start < first + table.span);
    if (vma) selectPage(selection, Math.max(first, vma.start));
  };
  return (
    <div
      className={`level level--${level.level.toLowerCase()}${step ? '' : ' level--unreached'}${leaf ? ' level--leaf' : ''}${lit.length > 0 ? ' level--lit' : ''}`}
    >
      <div className="level__bits">
        <span className="mono level__digits">{level.binary}</span>
        <span className="faint mono">
          {level.high}:{level.low}
        </span>
      </div>
      <h3>
        {level.level} <span className="num">{level.index}</span>
        {step?.target === 'table' && <ArrowRight className="icon level__arrow" aria-hidden />}
      </h3>
      {whole && (
        <div className="level__table">
          <TablePicture
            table={table}
            index={level.index}
            palette={palette}
            cell={cell}
            label={`${level.level} table: ${table.used} of 512 entries lead to pages, ${table.written} to written ones; entry ${level.index} is taken`}
            lit={lit}
            onSelect={select}
          />
        </div>
      )}
      <p className="level__span faint">
        {formatPages(table.span)} each, {formatCount(table.written)} written
      </p>
      {step && (
        <>
          <p className="level__target">{targetText(level, next?.level ?? null)}</p>
          {step.entry !== null && (
            <p className="mono faint selectable level__entry">{entryText(step.entry)}</p>
          )}
          <Flags bits={step.bits} meanings={wide} />
        </>
      )}
      {!step && <p className="faint">{real ? 'The walk ended above.' : ''}</p>}
    </div>
  );
}
