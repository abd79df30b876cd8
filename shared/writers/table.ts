import type { WritersReply } from '../contract/writers.ts';
import { threadName } from './code-names.ts';

/** Columns of a table of writers. `seconds` is the time of the last write in the session or recording. */
export const WRITER_COLUMNS = [
  'writes',
  'share',
  'pages',
  'tid',
  'thread',
  'function',
  'file',
  'line',
  'module',
  'offset',
  'seconds',
] as const;

/** A row for each row of the reply; numbers are numbers, what is not known is null. */
export function writerTable({ rows, places, writes: all }: WritersReply): (string | number | null)[][] {
  return rows.flatMap(({ tid, thread, place, writes, pages, lastNs }) => {
    const code = places[place];
    if (code === undefined) return [];
    const { function: name, file, line, module, offset } = code;
    const share = Math.round((10_000 * writes) / Math.max(1, all)) / 10_000;
    const own = thread ?? (tid === 0 ? threadName(tid, thread) : null);
    return [
      [writes, share, pages, tid, own, name, file, line, module, `0x${offset.toString(16)}`, lastNs / 1e9],
    ];
  });
}
