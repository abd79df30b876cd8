/**
 * The index: what a reader would otherwise have to read the whole file for. It stands at the end, in parts, and is only
 * as good as it agrees with the chunks: a reader that finds it wrong or missing goes through the file instead.
 */
import { z } from 'zod';
import {
  MAX_PROCESS_EVENTS,
  markSchema,
  MAX_MARKS,
  MAX_OPERATIONS,
  processEventSchema,
  type Mark,
  type OperationRecord,
  type ProcessEvent,
} from '#shared/contract/recording.ts';
import { INDEX_NAME, operationText, parseJson, parseOperation } from './channels.ts';
import { damaged } from './bytes.ts';
import { MAX_NOTE_BYTES } from './chunk-content.ts';
import { FrameIndex, MOST_FRAMES } from './frame-index.ts';
import { KINDS } from './kind-counts.ts';
import { compress, decompress } from './zstd.ts';

const PART_FRAMES = 2 ** 17;
const HEADER = 4 * 5;
const FRAME_BYTES = 8 + 4 * KINDS + 4;
const MOST_NOTES_BYTES = 16 * 2 ** 20;
const MOST_PART_BYTES = HEADER + PART_FRAMES * FRAME_BYTES + MOST_NOTES_BYTES;
const VERSION = 1;

export interface Notes {
  readonly operations: readonly OperationRecord[];
  readonly marks: readonly Mark[];
  readonly processEvents: readonly ProcessEvent[];
}

/** Header of a part, u32 each: version, number of the part, frames in it, chunks of the file, bytes of the notes. */
export function indexAttachments(
  index: FrameIndex,
  chunks: number,
  notes: Notes,
): { name: string; data: Uint8Array }[] {
  const result: { name: string; data: Uint8Array }[] = [];
  for (let from = 0; from === 0 || from < index.frames; from += PART_FRAMES) {
    const frames = Math.min(PART_FRAMES, index.frames - from);
    const text = from === 0 ? Buffer.from(notesText(notes)) : Buffer.alloc(0);
    const part = new Uint8Array(HEADER + frames * FRAME_BYTES + text.length);
    const view = new DataView(part.buffer);
    [VERSION, result.length, frames, chunks, text.length].forEach((value, i) =>
      view.setUint32(i * 4, value, true),
    );
    let at = HEADER;
    for (let i = 0; i < frames; i++, at += 8) view.setFloat64(at, index.times[from + i], true);
    for (let i = 0; i < frames; i++)
      for (const count of index.countsOf(from + i)) {
        view.setUint32(at, count, true);
        at += 4;
      }
    for (let i = 0; i < frames; i++, at += 4) view.setUint32(at, index.chunkOf(from + i), true);
    part.set(text, at);
    const data = compress(part);
    const whole = new Uint8Array(4 + data.length);
    new DataView(whole.buffer).setUint32(0, part.length, true);
    whole.set(data, 4);
    result.push({ name: `${INDEX_NAME}/${result.length}`, data: whole });
  }
  return result;
}

function notesText({ operations, marks, processEvents }: Notes): string {
  return JSON.stringify({
    operations: operations
      .slice(0, MAX_OPERATIONS)
      .map((operation) => ({ timeNs: operation.timeNs, text: operationText(operation) })),
    marks: marks.slice(0, MAX_MARKS),
    processEvents: processEvents.slice(0, MAX_PROCESS_EVENTS),
  });
}

const notesSchema = z.object({
  operations: z
    .array(z.object({ timeNs: z.number().min(0), text: z.string().max(MAX_NOTE_BYTES) }))
    .max(MAX_OPERATIONS),
  marks: z.array(markSchema).max(MAX_MARKS),
  // Absent in files from before they were recorded.
  processEvents: z.array(processEventSchema).max(MAX_PROCESS_EVENTS).default([]),
});

/** Reads the parts of an index, one after another. */
export class IndexReader {
  readonly index = new FrameIndex();
  notes: Notes = { operations: [], marks: [], processEvents: [] };
  private readonly chunks: number;
  private parts = 0;

  /** @param chunks in the file */
  constructor(chunks: number) {
    this.chunks = chunks;
  }

  /**
   * Adds the next part.
   * @param more parts that follow, each with as many frames at most
   * @throws InspectorError `damaged-file` where it does not fit the chunks
   */
  add(data: Uint8Array, more: number): void {
    if (data.length < 4) throw damaged('an index without a header');
    const part = decompress(data.subarray(4), view(data).getUint32(0, true), MOST_PART_BYTES);
    if (part.length < HEADER) throw damaged('an index without a header');
    const fields = view(part);
    const [version, own, frames, ofChunks, textBytes] = [0, 4, 8, 12, 16].map((at) =>
      fields.getUint32(at, true),
    );
    if (version !== VERSION || own !== this.parts || ofChunks !== this.chunks)
      throw damaged('an index of another file');
    if (frames > PART_FRAMES || HEADER + frames * FRAME_BYTES + textBytes !== part.length)
      throw damaged('an index of another length');
    if (this.index.frames + frames > MOST_FRAMES) throw damaged('more frames than there can be');
    this.index.reserve(Math.min(frames * (more + 1), MOST_FRAMES - this.index.frames));
    readFrames(this.index, part, frames, this.chunks);
    if (textBytes > 0) this.notes = parseNotes(part.subarray(part.length - textBytes));
    this.parts++;
  }
}

function readFrames(index: FrameIndex, part: Uint8Array, frames: number, chunks: number): void {
  const countsAt = HEADER + frames * 8;
  const chunksAt = countsAt + frames * KINDS * 4;
  const times = new Float64Array(frames);
  const counts = new Uint32Array(frames * KINDS);
  const numbers = new Uint32Array(frames);
  copyBytes(times, part.subarray(HEADER, countsAt));
  copyBytes(counts, part.subarray(countsAt, chunksAt));
  copyBytes(numbers, part.subarray(chunksAt, chunksAt + frames * 4));
  let time = index.endNs;
  let chunk = index.frames > 0 ? index.chunkOf(index.frames - 1) : 0;
  for (let i = 0; i < frames; i++) {
    // A NaN fails too.
    if (!(times[i] >= time && times[i] <= Number.MAX_SAFE_INTEGER) || Math.floor(times[i]) !== times[i])
      throw damaged('an index that cannot be');
    if (numbers[i] < chunk || numbers[i] >= chunks) throw damaged('an index out of order');
    time = times[i];
    chunk = numbers[i];
  }
  index.append(times, counts, numbers);
}

/** Numbers in a file stand at any byte; the processors that this program runs on are little-endian, as it is. */
function copyBytes(numbers: Float64Array | Uint32Array, bytes: Uint8Array): void {
  new Uint8Array(numbers.buffer).set(bytes);
}

/** Values in the notes: fields of operations, marks and process events. */
const MAX_NOTES_VALUES = 2 ** 18;

function parseNotes(bytes: Uint8Array): Notes {
  const { operations, marks, processEvents } = parseJson(
    notesSchema,
    new TextDecoder().decode(bytes),
    'notes',
    MAX_NOTES_VALUES,
  );
  return {
    operations: operations.map(({ timeNs, text }) => parseOperation(text, timeNs)),
    marks,
    processEvents,
  };
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
