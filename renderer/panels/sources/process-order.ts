import type { ListedProcess } from '#shared/contract/process-list.ts';

export type ProcessColumn = 'name' | 'pid' | 'user' | 'memory';
export interface ProcessSort {
  readonly column: ProcessColumn;
  readonly descending: boolean;
}

/** The program that was started last is most often the one that is looked for. */
export const NEWEST_FIRST: ProcessSort = { column: 'pid', descending: true };

const collator = new Intl.Collator('en', { numeric: true });

const compare: Readonly<Record<ProcessColumn, (a: ListedProcess, b: ListedProcess) => number>> = {
  name: (a, b) => collator.compare(a.name, b.name),
  pid: (a, b) => a.pid - b.pid,
  user: (a, b) => collator.compare(a.user, b.user),
  memory: (a, b) => a.residentBytes - b.residentBytes,
};

/** Those that can be attached to first, each part in the order of `sort`; equal ones by pid. */
export function arrangeProcesses(processes: readonly ListedProcess[], sort: ProcessSort): ListedProcess[] {
  const sign = sort.descending ? -1 : 1;
  const by = compare[sort.column];
  return [...processes].sort(
    (a, b) => Number(a.obstacle !== null) - Number(b.obstacle !== null) || sign * by(a, b) || a.pid - b.pid,
  );
}
