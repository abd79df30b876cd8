import {
  MAX_PROCESS_EVENTS,
  MAX_OPERATIONS,
  type OperationRecord,
  type OperationsReply,
  type ProcessEvent,
  type TimelineReply,
  type TimeRange,
} from '#shared/contract/recording.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import type { WriteHistoryReply, WriteHistoryRequest } from '#shared/contract/write-history.ts';
import type { CountedUnit } from '#shared/contract/write-counts.ts';
import type { WritersRead, WritersReply } from '#shared/contract/writers.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import { CountsReader } from '../how-often/counts-reader.ts';
import type { WriteCounts } from '../how-often/write-counts.ts';
import type { History, WrittenPages } from './history.ts';
import { collectWritten } from './chunked-frames.ts';
import { ratesAt } from './rates-at.ts';
import { ReaderStore } from './reader-store.ts';
import type { RecordingReader } from './recording-reader.ts';
import { RecordedWriters } from './writers/recorded-writers.ts';
import { totalsOf } from './writers/writer-totals.ts';
import { ChunkWritesReader } from './write-history/chunk-writes.ts';
import { lastWrites } from './write-history/last-writes.ts';
import { WriteHistory } from './write-history/write-history.ts';

/** The history of a recording: all of its frames. */
export class RecordedHistory implements History {
  private readonly reader: RecordingReader;
  private readonly store: ReaderStore;
  private readonly chunks: ChunkWritesReader;
  private readonly writeHistory: WriteHistory;
  private readonly countsReader: CountsReader;
  private readonly recordedWriters: RecordedWriters;

  constructor(reader: RecordingReader) {
    this.reader = reader;
    this.store = new ReaderStore(reader);
    this.recordedWriters = new RecordedWriters(reader);
    this.chunks = new ChunkWritesReader(this.store);
    this.writeHistory = new WriteHistory(this.store, this.chunks);
    this.countsReader = new CountsReader(
      this.store,
      () => resetTimes(this.reader.operations),
      (timeNs) => this.lastWrites(timeNs),
    );
  }

  writes(request: WriteHistoryRequest): Promise<WriteHistoryReply> {
    return this.writeHistory.read(request);
  }

  async writers({ range, time, owners }: WritersRead): Promise<WritersReply> {
    return totalsOf(await this.recordedWriters.within(time), range, owners);
  }

  timeline({ startNs, endNs }: TimeRange, buckets: number): TimelineReply {
    return this.reader.index.timeline(startNs, endNs, buckets);
  }

  lastWrites(timeNs: number): Promise<FrameStamps | null> {
    return lastWrites(this.store, this.chunks, timeNs);
  }

  operations(range: TimeRange): OperationsReply {
    return operationsIn(this.reader.operations, range);
  }

  processEvents(): readonly ProcessEvent[] {
    return this.reader.processEvents.slice(0, MAX_PROCESS_EVENTS);
  }

  written(range: TimeRange): Promise<WrittenPages> {
    return collectWritten(this.store, range);
  }

  rates(timeNs: number): Promise<WriteRates | null> {
    return ratesAt(this.store, timeNs);
  }

  counts(timeNs: number, unit: CountedUnit, max: number): Promise<WriteCounts> {
    return this.countsReader.at(timeNs, unit, max);
  }
}

/** When the operations "dump and reset" among `all` began, in nanoseconds. */
export function resetTimes(all: readonly OperationRecord[]): number[] {
  return all
    .filter(({ action, result }) => action === 'dump_and_reset' && result.ok)
    .map(({ timeNs }) => timeNs);
}

export function operationsIn(
  all: readonly OperationRecord[],
  { startNs, endNs }: TimeRange,
): OperationsReply {
  const inside = all.filter(({ timeNs }) => timeNs >= startNs && timeNs <= endNs);
  return { operations: inside.slice(0, MAX_OPERATIONS), total: inside.length };
}
