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
import type { History, WrittenPages } from '#shared/source/history.ts';
import { collectWritten } from './frame-store.ts';
import { ratesAt } from './rates-at.ts';
import { ReaderStore } from './reader-store.ts';
import type { RecordingReader } from './recording-reader.ts';

/** What a recording remembers: all of it. */
export class RecordedHistory implements History {
  private readonly reader: RecordingReader;

  constructor(reader: RecordingReader) {
    this.reader = reader;
  }

  timeline({ startNs, endNs }: TimeRange, buckets: number): TimelineReply {
    return this.reader.index.timeline(startNs, endNs, buckets);
  }

  operations(range: TimeRange): OperationsReply {
    return operationsIn(this.reader.operations, range);
  }

  processEvents(): readonly ProcessEvent[] {
    return this.reader.processEvents.slice(0, MAX_PROCESS_EVENTS);
  }

  written(range: TimeRange): Promise<WrittenPages> {
    return collectWritten(new ReaderStore(this.reader), range);
  }

  rates(timeNs: number): Promise<WriteRates | null> {
    return ratesAt(new ReaderStore(this.reader), timeNs);
  }
}

export function operationsIn(
  all: readonly OperationRecord[],
  { startNs, endNs }: TimeRange,
): OperationsReply {
  const inside = all.filter(({ timeNs }) => timeNs >= startNs && timeNs <= endNs);
  return { operations: inside.slice(0, MAX_OPERATIONS), total: inside.length };
}
