import { useEffect, useState, useSyncExternalStore } from 'react';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { ProcessList } from '#shared/contract/process-list.ts';
import { useModel, useSession } from '../../model/context.ts';
import { errorData } from '../../engine/engine-link.ts';
import { ProcessLoad } from './process-load.ts';
import type { SeenProcess } from './process-order.ts';

/** Milliseconds from an answer to the next look. */
export const REFRESH_EVERY = 2000;
/** Milliseconds without a key before a search is asked for. */
const TYPING_PAUSE = 120;

export interface SeenProcesses extends Omit<ProcessList, 'processes'> {
  readonly processes: readonly SeenProcess[];
}

interface Processes {
  /** Null until the engine has answered. */
  readonly list: SeenProcesses | null;
  /** Whether `list` is of the current search; while it is not, it has rows that the search hides. */
  readonly current: boolean;
  readonly failure: InspectorErrorData | null;
}

interface Answer extends Omit<Processes, 'current'> {
  /** What `list` was asked for. */
  readonly search: string;
}

/** The processes that `search` fits, listed again every two seconds while the window is visible. */
export function useProcesses(search: string): Processes {
  const { link } = useModel();
  const connected = useSession((state) => state.host.status === 'running');
  const engines = useSession((state) => state.engines);
  const visible = useDocumentVisible();
  const [state, setState] = useState<Answer>({ list: null, search: '', failure: null });
  const [load] = useState(() => new ProcessLoad());

  useEffect(() => {
    if (!connected || !visible) return;
    let current = true;
    const refresh = async (): Promise<void> => {
      try {
        const answer = await link.call('processes.list', { search });
        const percent = load.update(answer.processes);
        const processes = answer.processes.map((process) => ({
          ...process,
          cpuPercent: percent.get(process.pid) ?? 0,
        }));
        const list = { ...answer, processes };
        if (current) setState((old) => ({ list: keepUnchanged(old.list, list), search, failure: null }));
      } catch (cause) {
        if (current) setState((old) => ({ ...old, failure: errorData(cause) }));
      }
      if (current) timer = setTimeout(() => void refresh(), REFRESH_EVERY);
    };
    let timer = setTimeout(() => void refresh(), search === '' ? 0 : TYPING_PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [link, connected, engines, visible, search, load]);

  const { list, failure } = state;
  return { list, current: list !== null && state.search === search, failure };
}

/** The new list with the old one's objects if nothing of a process has changed, so that its row is not drawn again. */
export function keepUnchanged(old: SeenProcesses | null, next: SeenProcesses): SeenProcesses {
  const known = new Map(old?.processes.map((process) => [process.pid, process]));
  const processes = next.processes.map((process) => {
    const before = known.get(process.pid);
    return before && isSame(before, process) ? before : process;
  });
  return { ...next, processes };
}

/** Times always change; what is shown of them is the load. */
function isSame(one: SeenProcess, other: SeenProcess): boolean {
  return (
    one.uid === other.uid &&
    one.user === other.user &&
    one.name === other.name &&
    one.commandLine === other.commandLine &&
    one.residentBytes === other.residentBytes &&
    one.cpuPercent === other.cpuPercent &&
    one.backend === other.backend &&
    one.limitation?.message === other.limitation?.message &&
    one.obstacle?.message === other.obstacle?.message &&
    one.obstacle?.remedy === other.obstacle?.remedy
  );
}

function useDocumentVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener('visibilitychange', changed);
      return () => document.removeEventListener('visibilitychange', changed);
    },
    () => document.visibilityState === 'visible',
    () => true,
  );
}
