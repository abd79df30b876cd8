import type { ListedProcess } from '#shared/contract/process-list.ts';

/** A process with its load, as the window counts it between two answers of the engine. */
export interface SeenProcess extends ListedProcess {
  /** Processor time it used recently, in percent of one processor. */
  readonly cpuPercent: number;
}

export type ProcessColumn = 'name' | 'pid' | 'user' | 'cpu' | 'memory';
export interface ProcessSort {
  readonly column: ProcessColumn;
  readonly descending: boolean;
}

/** The program a user looks for is usually busy. */
export const BUSIEST_FIRST: ProcessSort = { column: 'cpu', descending: true };

const collator = new Intl.Collator('en', { numeric: true });

const compare: Readonly<Record<ProcessColumn, (a: SeenProcess, b: SeenProcess) => number>> = {
  name: (a, b) => collator.compare(a.name, b.name),
  pid: (a, b) => a.pid - b.pid,
  user: (a, b) => collator.compare(a.user, b.user),
  cpu: (a, b) => a.cpuPercent - b.cpuPercent,
  memory: (a, b) => a.residentBytes - b.residentBytes,
};

/** Those that can be attached to first, each part in the order of `sort`; of equal ones the newest first. */
export function arrangeProcesses(processes: readonly SeenProcess[], sort: ProcessSort): SeenProcess[] {
  const sign = sort.descending ? -1 : 1;
  const by = compare[sort.column];
  return [...processes].sort(
    (a, b) => Number(a.obstacle !== null) - Number(b.obstacle !== null) || sign * by(a, b) || b.pid - a.pid,
  );
}

/** `processes` in the order of `pids`, new ones after them: rows stay where they are while they are pointed at. */
export function keepOrder(processes: readonly SeenProcess[], pids: readonly number[]): SeenProcess[] {
  const places = new Map(pids.map((pid, place) => [pid, place]));
  const placeOf = ({ pid }: SeenProcess): number => places.get(pid) ?? pids.length;
  return [...processes].sort((a, b) => placeOf(a) - placeOf(b));
}
