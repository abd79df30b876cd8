import type { TimeRange } from '#shared/contract/recording.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { WritersInterval } from '#shared/contract/writers.ts';
import type { RecordingReader } from '../recording-reader.ts';
import { weightOf } from './writers-log.ts';
import { parseWriters } from './writers-message.ts';

/** Numbers and names that are kept of the chunks that were read. */
const MAX_WEIGHT = 1_000_000;
/** Chunks that are read for one request: the last ones of the time range. */
const MAX_CHUNKS = 1024;

interface ReadChunk {
  readonly intervals: readonly WritersInterval[];
  readonly weight: number;
}

/** The writers in a recording, read chunk by chunk. */
export class RecordedWriters {
  private readonly reader: RecordingReader;
  /** The least recently used first. */
  private readonly chunks = new Map<number, ReadChunk>();
  private weight = 0;

  constructor(reader: RecordingReader) {
    this.reader = reader;
  }

  async within({ startNs, endNs }: TimeRange): Promise<WritersInterval[]> {
    const { index } = this.reader;
    const last = index.at(endNs);
    if (last < 0) return [];
    const end = index.chunkOf(last) + 1;
    const first = Math.max(index.chunkOf(Math.max(0, index.at(startNs))), end - MAX_CHUNKS);
    const found: WritersInterval[] = [];
    for (let chunk = first; chunk < end; chunk++)
      for (const interval of await this.ofChunk(chunk))
        if (interval.timeNs >= startNs && interval.timeNs <= endNs) found.push(interval);
    return found;
  }

  /** Those of one chunk, by time. */
  async ofChunk(chunk: number): Promise<readonly WritersInterval[]> {
    const known = this.chunks.get(chunk);
    this.chunks.delete(chunk);
    const found = known ?? (await this.parse(chunk));
    // Read twice at the same time, it replaces what the other one kept.
    this.weight += found.weight - (known ?? this.chunks.get(chunk) ?? { weight: 0 }).weight;
    this.chunks.set(chunk, found);
    for (const [oldest, { weight }] of this.chunks) {
      if (this.weight <= MAX_WEIGHT || oldest === chunk) break;
      this.chunks.delete(oldest);
      this.weight -= weight;
    }
    return found.intervals;
  }

  private async parse(chunk: number): Promise<ReadChunk> {
    const { reader } = this;
    const intervals: WritersInterval[] = [];
    try {
      for (const { topic, time, data } of await reader.readMessages(chunk))
        if (topic === '/writers')
          intervals.push(parseWriters(new TextDecoder().decode(data), Number(time - reader.start)));
    } catch (cause) {
      // A damaged chunk is reported by playback; its writers are not known.
      if (!(cause instanceof InspectorError) || cause.kind !== 'damaged-file') throw cause;
    }
    return { intervals, weight: intervals.reduce((sum, interval) => sum + weightOf(interval), 1) };
  }
}
