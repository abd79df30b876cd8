import {
  MAX_PROCESS_EVENTS,
  MAX_MARKS,
  MAX_OPERATIONS,
  type Mark,
  type OperationRecord,
  type ProcessEvent,
} from '#shared/contract/recording.ts';
import { METADATA, parseOperation } from './channels.ts';
import { summarize, type ChunkSummary } from './chunk-content.ts';
import { FrameIndex, MAX_FRAMES } from './frame-index.ts';
import type { Input } from './input-file.ts';
import { Opcode, parseChannel, parseMetadata } from './mcap-parse.ts';
import { Channels, RecordScanner, type RawRecord } from './records.ts';
import { ChunkPlaces } from './chunk-places.ts';
import { noDamage, type SkippedParts } from './skipped-parts.ts';
import { WorkBudget } from './work-budget.ts';

/** Bytes of the magic, before the first record. */
const MAGIC_BYTES = 8;
/** Characters of the operations that are kept. */
const MAX_OPERATION_TEXT = 8 * 2 ** 20;
/** This much is unpacked before anything else gets a turn, an interrupt for one. */
const TURN_BYTES = 2 ** 24;

/**
 * What a recording holds, found by going through it from its beginning: for files without an index, without an end, or
 * still growing. Parts that are damaged are left out, and counted.
 */
export class FileScan {
  readonly channels = new Channels();
  readonly chunks = new ChunkPlaces();
  readonly index = new FrameIndex();
  readonly operations: OperationRecord[] = [];
  readonly marks = new Map<string, Mark>();
  readonly processEvents: ProcessEvent[] = [];
  /** Metadata of the recording; null until that record is read. */
  metadata: ReadonlyMap<string, string> | null = null;
  /** Whether the end of the data was reached, as a file has it that was closed. */
  complete = false;
  /** What could not be read and is left out. */
  readonly skipped: SkippedParts = noDamage();
  /** Nanoseconds since 1970 at which the recording begins. */
  base: bigint | null = null;
  readonly budget = new WorkBudget();
  private readonly file: Input;
  private readonly scanner: RecordScanner;
  private operationText = 0;
  /** Number that the next frame has if none is missing. */
  private nextNumber = 0;

  constructor(file: Input) {
    this.file = file;
    this.scanner = new RecordScanner(file, MAGIC_BYTES);
  }

  /** Where everything ends that is whole. */
  get end(): number {
    return this.scanner.offset;
  }

  /** Reads what is there and was not read before. Rejects with the signal's reason. */
  async advance(signal?: AbortSignal): Promise<void> {
    const { size } = await this.file.facts();
    const { budget } = this;
    budget.fileSize(size);
    let turn = budget.spent;
    while (!this.complete && !budget.exhausted) {
      signal?.throwIfAborted();
      const record = await this.scanner.next(size);
      if (record === null) return;
      try {
        this.take(record);
      } catch (cause) {
        this.skip(record, cause);
      }
      if (budget.spent - turn < TURN_BYTES) continue;
      turn = budget.spent;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private skip({ opcode, length }: RawRecord, cause: unknown): void {
    const { skipped } = this;
    skipped.parts++;
    skipped.bytes += length;
    if (opcode === Opcode.CHUNK) skipped.chunks++;
    const why = cause instanceof Error ? cause.message : String(cause);
    // That reading stops here matters more than earlier damage.
    if (skipped.why === '' || this.budget.exhausted) skipped.why = why;
  }

  private take(record: RawRecord): void {
    const { opcode, bytes } = record;
    if (opcode === Opcode.DATA_END) this.complete = true;
    if (bytes === null) {
      if (opcode === Opcode.CHUNK) throw new Error(`a chunk of ${record.length} bytes`);
      return;
    }
    if (opcode === Opcode.CHANNEL) this.channels.add(parseChannel(bytes));
    if (opcode === Opcode.METADATA && this.metadata === null) {
      const { name, values } = parseMetadata(bytes);
      if (name === METADATA) this.metadata = values;
    }
    if (opcode === Opcode.CHUNK) this.chunk(record, summarize(bytes, this.channels, this.budget));
  }

  private chunk({ offset, length }: RawRecord, found: ChunkSummary): void {
    const { times, counts, operations, marks, processEvents, numbers } = found;
    if (this.index.frames + times.length > MAX_FRAMES) throw new Error('more frames than there can be');
    this.base ??= recordedAt(this.metadata) ?? times.at(0) ?? operations.at(0)?.time ?? null;
    // Checked before anything is taken: a chunk counts as a whole or not at all.
    const relative = times.map((time) => this.relative(time));
    const operationTimes = operations.map(({ time }) => this.relative(time));
    const chunk = this.chunks.length;
    this.chunks.add({ offset, length });
    relative.forEach((time, i) => this.index.push(time, counts[i], chunk));
    operations.forEach(({ text }, i) => {
      this.operationText += text.length;
      if (this.operations.length < MAX_OPERATIONS && this.operationText <= MAX_OPERATION_TEXT)
        this.operations.push(parseOperation(text, operationTimes[i]));
    });
    this.processEvents.push(...processEvents.slice(0, MAX_PROCESS_EVENTS - this.processEvents.length));
    for (const mark of marks) {
      if ('removed' in mark) this.marks.delete(mark.id);
      else if (this.marks.size < MAX_MARKS || this.marks.has(mark.id)) this.marks.set(mark.id, mark);
    }
    if (numbers === null) return;
    // Frames are numbered one after another: what is missing before this chunk is what was in the damaged ones.
    if (this.skipped.chunks > 0) this.skipped.frames += Math.max(0, numbers.first - this.nextNumber);
    this.nextNumber = numbers.last + 1;
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
