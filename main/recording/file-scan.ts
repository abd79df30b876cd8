import {
  MAX_PROCESS_EVENTS,
  MOST_MARKS,
  MOST_OPERATIONS,
  type Mark,
  type OperationRecord,
  type ProcessEvent,
} from '#shared/contract/recording.ts';
import { METADATA, parseOperation } from './channels.ts';
import { summarize, type ChunkSummary } from './chunk-content.ts';
import { FrameIndex, MOST_FRAMES } from './frame-index.ts';
import type { Input } from './input-file.ts';
import { Channels, Opcode, parseRecord, RecordScanner, type RawRecord } from './records.ts';

/** Where a chunk stands in its file. */
export interface ChunkPlace {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of the magic, before the first record. */
const MAGIC_BYTES = 8;

/**
 * What a recording holds, found by going through it from its beginning: for files without an index, without an end, or
 * still growing. Parts that are damaged are left out, and counted.
 */
export class FileScan {
  readonly channels = new Channels();
  readonly chunks: ChunkPlace[] = [];
  readonly index = new FrameIndex();
  readonly operations: OperationRecord[] = [];
  readonly marks = new Map<string, Mark>();
  readonly processEvents: ProcessEvent[] = [];
  /** Of the recording itself; null before it came. */
  metadata: ReadonlyMap<string, string> | null = null;
  /** Whether the end of the data was reached, as a file has it that was closed. */
  complete = false;
  /** Records that could not be read, and why the first one. */
  damagedParts = 0;
  firstDamage = '';
  /** Nanoseconds since 1970 at which the recording begins. */
  base: bigint | null = null;
  private readonly file: Input;
  private readonly scanner: RecordScanner;

  constructor(file: Input) {
    this.file = file;
    this.scanner = new RecordScanner(file, MAGIC_BYTES);
  }

  /** Where everything ends that is whole. */
  get end(): number {
    return this.scanner.offset;
  }

  /** Reads what is there and was not read before. */
  async advance(): Promise<void> {
    const { size } = await this.file.facts();
    while (!this.complete) {
      const record = await this.scanner.next(size);
      if (record === null) return;
      try {
        this.take(record);
      } catch (cause) {
        this.damagedParts++;
        this.firstDamage ||= cause instanceof Error ? cause.message : String(cause);
      }
    }
  }

  private take(record: RawRecord): void {
    const { opcode, bytes } = record;
    if (opcode === Opcode.DATA_END) this.complete = true;
    if (bytes === null) return;
    if (opcode === Opcode.CHANNEL) this.channels.add(bytes, parseRecord(bytes, 'Channel'));
    if (opcode === Opcode.METADATA) {
      const { name, metadata } = parseRecord(bytes, 'Metadata');
      if (name === METADATA) this.metadata ??= metadata;
    }
    if (opcode === Opcode.CHUNK) this.chunk(record, summarize(bytes, this.channels));
  }

  private chunk({ offset, length }: RawRecord, found: ChunkSummary): void {
    const { times, counts, operations, marks, processEvents } = found;
    if (this.index.frames + times.length > MOST_FRAMES) throw new Error('more frames than there can be');
    this.base ??= recordedAt(this.metadata) ?? times.at(0) ?? operations.at(0)?.time ?? null;
    // Checked before anything is taken: a chunk counts as a whole or not at all.
    const relative = times.map((time) => this.relative(time));
    const operationTimes = operations.map(({ time }) => this.relative(time));
    const chunk = this.chunks.length;
    this.chunks.push({ offset, length });
    relative.forEach((time, i) => this.index.push(time, counts[i], chunk));
    operations.forEach(({ text }, i) => {
      if (this.operations.length < MOST_OPERATIONS)
        this.operations.push(parseOperation(text, operationTimes[i]));
    });
    this.processEvents.push(...processEvents.slice(0, MAX_PROCESS_EVENTS - this.processEvents.length));
    for (const mark of marks) {
      if ('removed' in mark) this.marks.delete(mark.id);
      else if (this.marks.size < MOST_MARKS) this.marks.set(mark.id, mark);
    }
  }

  private relative(time: bigint): number {
    const since = Number(time - (this.base ?? time));
    if (!Number.isSafeInteger(since)) throw new Error(`a time ${since} ns away from the first`);
    return Math.max(0, since);
  }
}

/** What times of a recording count from, in nanoseconds since 1970. */
export function recordedAt(metadata: ReadonlyMap<string, string> | null): bigint | null {
  const millis = Number(metadata?.get('recordedAt'));
  return Number.isSafeInteger(millis) ? BigInt(millis) * 1_000_000n : null;
}
