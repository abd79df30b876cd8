import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { WritersReply } from '#shared/contract/writers.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { WRITERS_SPAN_MS } from '../controllers/writers.ts';
import type { TimeSpan } from '../stores/time-store.ts';
import { formatAge, plural } from '../ui/format.ts';
import { useInspection, useModel, useSelection, useSession, useTime } from './context.ts';

/** The pages and the time whose writers are shown, and what is known of them. */
export interface WritersScope {
  /** The selection, or the inspected page; null: all pages. */
  readonly range: PageRange | null;
  /** The selected interval; null: the time before the position. */
  readonly interval: TimeSpan | null;
  /** Null until it is read. */
  readonly reply: WritersReply | null;
}

/** Reads the writers of the selected pages at the time that is shown, again whenever there may be others. */
export function useWriters(): WritersScope {
  const { writers } = useModel();
  const selected = useSelection((state) => state.range);
  const page = useInspection((state) => state.page);
  const interval = useTime((state) => state.range);
  const figures = useSession((session) => session.figures);
  const { state, shown } = useStore(writers.store);
  const range = selected ?? (page === null ? null : { start: page, end: page + 1 });
  const start = range?.start ?? -1;
  const end = range?.end ?? -1;
  useEffect(
    () => writers.refresh(start < 0 ? null : { start, end }),
    [writers, start, end, interval, figures, state.writes],
  );
  const of = shown?.request.range ?? null;
  const isCurrent = (of?.start ?? -1) === start && (of?.end ?? -1) === end;
  return { range, interval, reply: isCurrent ? (shown?.reply ?? null) : null };
}

/** Pages and time of the listed writers. */
export function scopeText({ range, interval }: WritersScope): string {
  const pages = range === null ? 'All pages' : plural(range.end - range.start, 'selected page');
  const time =
    interval === null
      ? `last ${formatAge(WRITERS_SPAN_MS)} before the position`
      : `selected interval of ${formatAge(interval.end - interval.start)}`;
  return `${pages} · ${time}`;
}
