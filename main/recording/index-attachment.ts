/**
 * The index: what a reader would otherwise have to read the whole file for. It is written at the end, in parts, and must agree
 * with the chunks: a reader that finds it wrong or missing goes through the file instead.
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
import { FrameIndex, MAX_FRAMES } from './frame-index.ts';
import { decodePart, encodePart, maxPartBytes } from './index-part.ts';
import { decodePart1 } from './index-part-1.ts';
import { compress, decompress } from './zstd.ts';

const PART_FRAMES = 2 ** 17;
/** u32 each: version, number of the part, frames in it, chunks of the file, bytes of the notes; from version 2 on runs. */
const FIELDS_1 = 5;
const FIELDS = 6;
const MAX_NOTES_BYTES = 16 * 2 ** 20;
/** Version 1 takes less: its frames have 36 bytes. */
const MAX_PART_BYTES = 4 * FIELDS + maxPartBytes(PART_FRAMES, PART_FRAMES) + MAX_NOTES_BYTES;
const VERSION = 2;

export interface Notes {
  readonly operations: readonly OperationRecord[];
  readonly marks: readonly Mark[];
  readonly processEvents: readonly ProcessEvent[];
}

/** The most that the parts take of `frames` frames in `chunks` chunks, without the notes and before they are compressed. */
export function maxIndexBytes(frames: number, chunks: number): number {
  const parts = 1 + Math.floor(frames / PART_FRAMES);
  // Each border between parts can divide the frames of a chunk.
  return maxPartBytes(frames, chunks + parts) + parts * (4 * FIELDS + maxPartBytes(0, 0));
}

export function indexAttachments(
  index: FrameIndex,
  chunks: number,
  notes: Notes,
): { name: string; data: Uint8Array }[] {
  const result: { name: string; data: Uint8Array }[] = [];
  for (let from = 0; from === 0 || from < index.frames; from += PART_FRAMES) {
    const frames = Math.min(PART_FRAMES, index.frames - from);
    const text = from === 0 ? Buffer.from(notesText(notes)) : Buffer.alloc(0);
    const { runs, columns } = encodePart(index, from, from + frames);
    const header = Buffer.alloc(4 * FIELDS);
    [VERSION, result.length, frames, chunks, text.length, runs].forEach((value, i) =>
      header.writeUInt32LE(value, i * 4),
    );
    const part = Buffer.concat([header, ...columns, text]);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(part.length);
    const data = new Uint8Array(Buffer.concat([size, compress(part)]));
    result.push({ name: `${INDEX_NAME}/${result.length}`, data });
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
   * @throws InspectorError `damaged-file` if it does not fit the chunks
   */
  add(data: Uint8Array, more: number): void {
    const { index, chunks } = this;
    const part = decompress(data.subarray(4), wordAt(data, 0), MAX_PART_BYTES);
    const [version, own, frames, ofChunks, textBytes] = Array.from({ length: FIELDS_1 }, (_, i) =>
      wordAt(part, i),
    );
    if ((version !== 1 && version !== VERSION) || own !== this.parts || ofChunks !== chunks)
      throw damaged('an index of another file');
    // Only the first part has notes, so that all together have a bound.
    if (frames > PART_FRAMES || (textBytes > 0 && own > 0)) throw damaged('an index of another length');
    if (index.frames + frames > MAX_FRAMES) throw damaged('more frames than there can be');
    const { found, left } = version === 1 ? this.part1(part, frames) : this.part2(part, frames);
    if (left !== textBytes) throw damaged('an index of another length');
    index.reserve(Math.min(frames * (more + 1), MAX_FRAMES - index.frames));
    index.append(found);
    if (textBytes > 0) this.notes = parseNotes(part.subarray(part.length - textBytes));
    this.parts++;
  }

  private part1(part: Uint8Array, frames: number): ReturnType<typeof decodePart1> {
    return decodePart1(this.index, part, 4 * FIELDS_1, { frames, chunks: this.chunks });
  }

  private part2(part: Uint8Array, frames: number): ReturnType<typeof decodePart> {
    const runs = wordAt(part, FIELDS_1);
    if (runs > frames) throw damaged('an index with more chunks than frames');
    return decodePart(this.index, part, 4 * FIELDS, { frames, runs, chunks: this.chunks });
  }
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

/** Number `i` of the u32 that the bytes begin with. @throws InspectorError `damaged-file` if they are too few */
function wordAt(bytes: Uint8Array, i: number): number {
  if (bytes.length < 4 * (i + 1)) throw damaged('an index without a header');
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 * i, true);
}
