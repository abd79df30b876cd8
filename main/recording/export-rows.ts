import { TIMELINE_KINDS } from '#shared/contract/recording.ts';
import { formatPage } from '#shared/memory/page.ts';
import { MAX_COUNTED_INTERVALS } from '#shared/memory/write-counts.ts';
import { Plane } from '#shared/memory/plane.ts';
import { trackingOf, vmaPermissions } from '#shared/memory/vma.ts';
import type { Mark, TimeRange } from '#shared/contract/recording.ts';
import { operationText } from './channels.ts';
import { countRuns } from '../how-often/count-runs.ts';
import { FrameCursor } from './frame-cursor.ts';
import { RecordedWriters } from './writers/recorded-writers.ts';
import { RecordedHistory } from './recorded-history.ts';
import type { RecordingReader } from './recording-reader.ts';

export type Cell = string | number;

/** A table whose rows come one after another, so that its size costs no memory. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'integer' | 'real' }[];
  rows(): AsyncGenerator<readonly Cell[]>;
}

export const TABLES = [
  'frames',
  'pages',
  'vmas',
  'operations',
  'marks',
  'process_events',
  'writers',
  'counts',
] as const;
export type TableName = (typeof TABLES)[number];

/** All pages there can be. */
const EVERYTHING = { start: 0, end: 2 ** 52 } as const;

const integer = (name: string) => ({ name, type: 'integer' as const });
const real = (name: string) => ({ name, type: 'real' as const });
const text = (name: string) => ({ name, type: 'text' as const });

/** The table `name` of a recording, of the frames (operations, marks) in `range`. */
export function tableOf(
  reader: RecordingReader,
  name: TableName,
  range: TimeRange,
  marks: readonly Mark[],
): Table {
  switch (name) {
    case 'frames':
      return framesTable(reader, range);
    case 'pages':
      return pagesTable(reader, range);
    case 'vmas':
      return vmasTable(reader, range);
    case 'operations':
      return operationsTable(reader, range);
    case 'marks':
      return marksTable(marks, range);
    case 'process_events':
      return processEventsTable(reader, range);
    case 'writers':
      return writersTable(reader, range);
    case 'counts':
      return countsTable(reader, range);
  }
}

/** In how many of the range's frames, MAX_COUNTED_INTERVALS at most, pages were written: each from the previous one. */
function countsTable(reader: RecordingReader, { startNs, endNs }: TimeRange): Table {
  return {
    columns: [
      text('address'),
      integer('pages'),
      integer('written_intervals'),
      integer('counted_intervals'),
      text('class'),
      text('period'),
    ],
    async *rows() {
      const [from, to] = framesIn(reader, { startNs, endNs });
      const max = Math.min(MAX_COUNTED_INTERVALS, to - from);
      if (max <= 0) return;
      const counts = await new RecordedHistory(reader).counts(endNs, 'sample', max);
      const intervals = Math.min(max, counts.length);
      for (const { start, end, count, class: name, period } of countRuns(counts.pages(EVERYTHING, max)))
        yield [formatPage(start), end - start, count, intervals, name, period === null ? '' : String(period)];
    },
  };
}

/** Frames in the range, from … to - 1. */
function framesIn({ index }: RecordingReader, { startNs, endNs }: TimeRange): [from: number, to: number] {
  return [index.at(startNs - 1) + 1, index.at(endNs) + 1];
}

const seconds = (timeNs: number): number => timeNs / 1e9;

/** Pages that count as written, by kind, a row per frame. */
function framesTable(reader: RecordingReader, range: TimeRange): Table {
  return {
    columns: [integer('frame'), real('seconds'), integer('written'), ...TIMELINE_KINDS.map(integer)],
    async *rows() {
      const { index } = reader;
      const [from, to] = framesIn(reader, range);
      for (let frame = from; frame < to; frame++) {
        const counts = index.countsOf(frame);
        const written = counts.reduce((sum, count) => sum + count, 0);
        yield [frame, seconds(index.times[frame]), written, ...counts];
      }
    },
  };
}

/** The event columns of the table of pages; only `written` counts as written. */
const PAGE_EVENTS = [
  ['written', Plane.Written],
  ['touched', Plane.Touched],
  ['hot', Plane.Hot],
  ['gone', Plane.Gone],
] as const;

/** Runs of pages that count as written, are touched, hot or gone, in every frame. */
function pagesTable(reader: RecordingReader, range: TimeRange): Table {
  return {
    columns: [integer('frame'), real('seconds'), text('address'), integer('pages'), text('event')],
    async *rows() {
      const cursor = new FrameCursor(reader);
      const [from, to] = framesIn(reader, range);
      for (let frame = from; frame < to; frame++) {
        await cursor.goTo(frame);
        const time = seconds(reader.index.times[frame]);
        for (const [event, plane] of PAGE_EVENTS)
          for (const [start, end] of cursor.state.tiles.runs(plane))
            yield [frame, time, formatPage(start), end - start, event];
      }
    },
  };
}

/** The VMAs, whenever they changed, with their pages written in the frame from which they hold. */
function vmasTable(reader: RecordingReader, range: TimeRange): Table {
  return {
    columns: [
      integer('frame'),
      real('seconds'),
      text('start'),
      text('end'),
      text('permissions'),
      text('kind'),
      text('name'),
      integer('pages'),
      integer('written'),
      text('tracking'),
      text('reason'),
    ],
    async *rows() {
      const cursor = new FrameCursor(reader);
      const [from, to] = framesIn(reader, range);
      let before: unknown = null;
      for (let frame = from; frame < to; frame++) {
        await cursor.goTo(frame);
        const { vmas } = cursor;
        if (vmas === before) continue;
        before = vmas;
        const runs = cursor.state.tiles.runs(Plane.Written);
        let next = 0;
        for (const vma of vmas) {
          const { start, end, kind, name } = vma;
          while (next < runs.length && runs[next][1] <= start) next++;
          let written = 0;
          for (let i = next; i < runs.length && runs[i][0] < end; i++)
            written += Math.min(runs[i][1], end) - Math.max(runs[i][0], start);
          const { tracking, reason } = trackingOf(vma);
          const place = [formatPage(start), formatPage(end), vmaPermissions(vma), kind, name];
          yield [frame, seconds(reader.index.times[frame]), ...place, end - start, written, tracking, reason];
        }
      }
    },
  };
}

function operationsTable({ operations }: RecordingReader, { startNs, endNs }: TimeRange): Table {
  return {
    columns: [real('seconds'), text('action'), real('milliseconds'), text('details')],
    async *rows() {
      for (const operation of operations) {
        const { timeNs, action, durationNs } = operation;
        if (timeNs >= startNs && timeNs <= endNs)
          yield [seconds(timeNs), action, durationNs / 1e6, operationText(operation)];
      }
    },
  };
}

function processEventsTable({ processEvents }: RecordingReader, { startNs, endNs }: TimeRange): Table {
  return {
    columns: [real('seconds'), text('kind'), text('pid'), text('message')],
    async *rows() {
      for (const { timeNs, kind, pid, message } of processEvents)
        if (timeNs >= startNs && timeNs <= endNs)
          yield [seconds(timeNs), kind, pid === null ? '' : String(pid), message];
    },
  };
}

/** The writer of each run of pages, in every sample that has any; what is not known is empty, a line 0. */
function writersTable(reader: RecordingReader, range: TimeRange): Table {
  return {
    columns: [
      ...[real('seconds'), text('address'), integer('pages'), integer('tid'), text('thread')],
      ...[text('function'), text('file'), integer('line'), text('module'), text('offset')],
    ],
    async *rows() {
      const { index } = reader;
      const recorded = new RecordedWriters(reader);
      const last = index.at(range.endNs);
      for (let chunk = 0; last >= 0 && chunk <= index.chunkOf(last); chunk++) {
        for (const { timeNs, places, writers, runs } of await recorded.ofChunk(chunk)) {
          if (timeNs < range.startNs || timeNs > range.endNs) continue;
          for (let i = 0; i < runs.length; i += 3) {
            const { tid, thread, stack } = writers[runs[i + 2]];
            const { function: name, file, line, module, offset } = places[stack[0]];
            const code = [name ?? '', file ?? '', line ?? 0, module ?? '', `0x${offset.toString(16)}`];
            yield [seconds(timeNs), formatPage(runs[i]), runs[i + 1], tid, thread ?? '', ...code];
          }
        }
      }
    },
  };
}

function marksTable(marks: readonly Mark[], { startNs, endNs }: TimeRange): Table {
  return {
    columns: [real('seconds'), text('colour'), text('note')],
    async *rows() {
      for (const { timeNs, colour, note } of marks)
        if (timeNs >= startNs && timeNs <= endNs) yield [seconds(timeNs), colour, note];
    },
  };
}
