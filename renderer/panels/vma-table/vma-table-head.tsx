import { memo } from 'react';
import { SearchField } from '../../ui/fields.tsx';
import { formatCount } from '../../ui/format.ts';
import { ColumnMenu } from './column-menu.tsx';
import type { FittedColumns } from './columns.ts';

interface VmaTableHeadProps {
  /** How many VMAs there are, and how many of them the filter leaves. */
  readonly mappings: number;
  readonly matching: number;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly fitted: FittedColumns;
}

/** Title, filter and columns of the table; most of its figures change several times a second, this does not. */
export const VmaTableHead = memo(function VmaTableHead(props: VmaTableHeadProps) {
  const { mappings, matching, filter, onFilter, fitted } = props;
  return (
    <div className="panel__head">
      <h2>Mappings</h2>
      <span className="faint" data-testid="vma-count">
        {matching === mappings
          ? formatCount(mappings)
          : `${formatCount(matching)} of ${formatCount(mappings)}`}
      </span>
      <div className="vmas__filter">
        <SearchField label="Filter mappings" value={filter} onChange={onFilter} placeholder="Filter" />
      </div>
      <ColumnMenu fitted={fitted} />
    </div>
  );
});
