import { ChevronDown, ChevronRight, Tag } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import { kindText, trackingText } from '../../heatmap/description/describe.ts';
import { Address } from '../../ui/address.tsx';
import { CutName } from '../../ui/cut-name.tsx';
import { formatPages, plural } from '../../ui/format.ts';
import type { FittedColumns } from './columns.ts';
import type { NamedRow, RowFigures } from './rows.ts';

export const ROW_HEIGHT = 22;

interface VmaRowProps {
  /** The VMA, or the first of a file's. */
  readonly vma: Vma;
  /** The named range that the row shows; null: the mapping itself. */
  readonly named: NamedRow | null;
  /** Number of mappings in the row. */
  readonly mappings: number;
  /** Position in the order shown. */
  readonly place: number;
  readonly level: 1 | 2;
  readonly isOpen: boolean | null;
  readonly figures: RowFigures;
  readonly fitted: FittedColumns;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  /** The current sub-step concerns it. */
  readonly isLit: boolean;
  readonly onSelect: (place: number) => void;
  readonly onToggle: (place: number) => void;
}

/** One VMA, or the folded mappings of a file; drawn again only when something of it has changed. */
export const VmaRow = memo(VmaRowView, (before, after) => {
  const { figures: one, ...restBefore } = before;
  const { figures: other, ...restAfter } = after;
  return isShallowEqual(one, other) && isShallowEqual(restBefore, restAfter);
});

function isShallowEqual<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}

function VmaRowView(props: VmaRowProps) {
  const { vma, mappings, place, level, isOpen, fitted, isActive, isSelected, isLit, onSelect } = props;
  const state = `${isSelected ? ' vmas__row--selected' : ''}${isActive ? ' vmas__row--active' : ''}${isLit ? ' vmas__row--lit' : ''}`;
  const kind = `${level === 2 ? ' vmas__row--part' : ''}${vma.tracked || mappings > 1 ? '' : ' vmas__row--untracked'}`;
  return (
    <div
      id={`vma-row-${place}`}
      className={`vmas__row${state}${kind}`}
      role="row"
      aria-rowindex={place + 2}
      aria-level={level}
      aria-selected={isSelected}
      {...(isOpen === null ? {} : { 'aria-expanded': isOpen })}
      style={{ top: place * ROW_HEIGHT, gridTemplateColumns: fitted.template }}
      onClick={() => onSelect(place)}
    >
      {fitted.columns.map(({ id, numeric }) => (
        <div
          key={id}
          role="gridcell"
          className={`vmas__cell ellipsis${numeric ? ' num' : ''}${isMono(id) ? ' mono' : ''}`}
          {...titleOf(id, props)}
        >
          {contentOf(id, props)}
        </div>
      ))}
    </div>
  );
}

type ColumnId = FittedColumns['columns'][number]['id'];

/** Columns that have a value for named ranges. */
const NAMED_COLUMNS: ReadonlySet<ColumnId> = new Set([
  'start',
  'size',
  'name',
  'written',
  'resident',
  'swapped',
  'writer',
]);

const isMono = (id: ColumnId): boolean => id === 'perms' || id === 'flags';

/** The whole text of what may be cut. */
function titleOf(id: ColumnId, { vma, mappings, named, figures }: VmaRowProps): { title?: string } {
  if (id === 'writer' && figures.writer !== '')
    return { title: `${figures.writer}: ${percent(figures.writerShare)} of the pages whose writer is known` };
  if (named) return id === 'name' ? { title: named.range.name } : {};
  if (id === 'name' && vma.name !== '') {
    return { title: mappings > 1 ? `${vma.name}, ${mappings} mappings` : vma.name };
  }
  if (mappings > 1) return {};
  if (id === 'flags') return { title: vma.flags };
  return id === 'untracked' ? { title: trackingText(vma) } : {};
}

function contentOf(id: ColumnId, props: VmaRowProps): ReactNode {
  const { vma, mappings, figures, fitted, named } = props;
  if (named && !NAMED_COLUMNS.has(id)) return <span className="faint">–</span>;
  switch (id) {
    case 'start':
      return (
        <Address
          page={named?.pages.start ?? vma.start}
          short={fitted.shortAddresses}
          digits={fitted.addressDigits}
        />
      );
    case 'size':
      return formatPages(figures.size);
    case 'name':
      return <Name {...props} />;
    case 'written':
      return <Pages pages={figures.written} strong />;
    case 'rate':
      return <Pages pages={figures.rate} unit="/s" />;
    case 'every':
    case 'most':
    case 'rare':
    case 'once':
      return <Pages pages={figures[id]} />;
    case 'periodic':
      return (
        <>
          <Pages pages={figures.periodic} />
          {figures.period > 0 && (
            <span className="faint" title={`every ${figures.period} intervals`}>{` /${figures.period}`}</span>
          )}
        </>
      );
    case 'writer':
      if (figures.writer === '') return <span className="faint">–</span>;
      return (
        <span className="vmas__writer">
          <span className="ellipsis">{figures.writer}</span>
          <span className="faint">{percent(figures.writerShare)}</span>
        </span>
      );
    case 'resident':
      return <Pages pages={figures.resident} />;
    case 'swapped':
      return <Pages pages={figures.swapped} />;
    case 'huge':
      return <Pages pages={figures.huge} />;
    case 'kind':
      return kindText(vma.kind);
    case 'perms':
      return mappings > 1 ? <span className="faint">–</span> : vmaPermissions(vma);
    case 'flags':
      return mappings > 1 ? <span className="faint">–</span> : vma.flags;
    case 'untracked':
      return mappings > 1 ? <span className="faint">–</span> : trackingText(vma);
  }
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

interface PagesProps {
  readonly pages: number;
  readonly strong?: boolean;
  readonly unit?: string;
}

function Pages({ pages, strong = false, unit = '' }: PagesProps) {
  if (pages === 0) return <span className="faint">–</span>;
  const text = `${formatPages(pages)}${unit}`;
  return strong ? <b className="vmas__strong">{text}</b> : text;
}

/** The distinguishing part of the name; a part of a file by its rights, since its name is in the row above. */
function Name({ vma, mappings, place, level, isOpen, onToggle, named }: VmaRowProps) {
  if (named)
    return (
      <span className="vmas__named ellipsis">
        <Tag className="icon" aria-label="Named range" /> {named.range.name}
      </span>
    );
  if (level === 2) return <span className="vmas__part mono dim">{vmaPermissions(vma)}</span>;
  if (vma.name === '') return <span className="faint">{kindText(vma.kind)}</span>;
  if (isOpen === null) return <CutName name={vma.name} />;
  const Mark = isOpen ? ChevronDown : ChevronRight;
  return (
    <span className="vmas__group">
      <CutName name={vma.name} />
      <button
        type="button"
        className="vmas__toggle"
        tabIndex={-1}
        aria-label={`${isOpen ? 'Fold' : 'Unfold'} ${plural(mappings, 'mapping')} of ${vma.name}`}
        onClick={(event) => {
          event.stopPropagation();
          onToggle(place);
        }}
      >
        <span className="num">{mappings}</span>
        <Mark className="vmas__mark" aria-hidden />
      </button>
    </span>
  );
}
