import { useCallback, useEffect, useState } from 'react';
import type { Vma } from '#shared/memory/vma.ts';
import { useModel } from '../../model/context.ts';
import type { TableRow } from './rows.ts';

/** Identifies a row, which stays active when mappings before it come and go, or the order changes. */
const rowKey = (row: TableRow | undefined, vmas: readonly Vma[]): string | null =>
  row ? (row.named?.range.id ?? `${row.level} ${vmas[row.indexes[0] ?? -1]?.start}`) : null;

interface Active {
  readonly place: number;
  readonly key: string | null;
}
const NONE: Active = { place: -1, key: null };

/** The row that the keys act on: its place, -1 if there is none. If its mapping is gone, the place stays. */
export function useActiveRow(
  rows: readonly TableRow[],
  vmas: readonly Vma[],
): [place: number, setPlace: (place: number) => void] {
  const { frames } = useModel();
  const [last, setLast] = useState<Active>(NONE);
  // Another source begins without an active row. An empty list does not mean another source: a recording can begin
  // before its program.
  useEffect(() => frames.listen({ applied: () => undefined, reset: () => setLast(NONE) }), [frames]);
  const setPlace = useCallback(
    (place: number) => setLast({ place, key: rowKey(rows[place], vmas) }),
    [rows, vmas],
  );
  if (last.key === null || rowKey(rows[last.place], vmas) === last.key) return [last.place, setPlace];
  const moved = rows.findIndex((row) => rowKey(row, vmas) === last.key);
  if (moved < 0) return [last.place, setPlace];
  setLast({ place: moved, key: last.key });
  return [moved, setPlace];
}
