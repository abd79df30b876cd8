import { TIMELINE_KINDS, type ProcessEvent } from '#shared/contract/recording.ts';
import { plural } from '#shared/plural.ts';
import { damaged } from './bytes.ts';
import {
  markChangeRecordSchema,
  parseJson,
  parseOperation,
  parseProcessEvent,
  statisticsSchema,
  type MarkChangeRecord,
} from './channels.ts';
import { KINDS } from './kind-counts.ts';
import type { Channels, StoredMessage } from './records.ts';
import type { WorkBudget } from './work-budget.ts';

/** Frames of a chunk: a writer ends it by its time and its size long before. */
export const MAX_CHUNK_FRAMES = 2 ** 15;
/** Bytes of a frame; a writer stops before it writes a larger one. Six million runs of pages. */
export const MAX_FRAME_BYTES = 12 * 2 ** 20;
/** Bytes of an operation, a mark, a process event or a line of statistics. */
export const MAX_NOTE_BYTES = 2 ** 16;
/** Bytes of an interval's writers. */
export const MAX_WRITERS_BYTES = 2 ** 20;
/** Cost of parsing a note, in bytes that could be unpacked in the same time. */
const NOTE_WORK = 2 ** 12;

/** All messages of a chunk, in their order. @throws InspectorError `damaged-file` */
export function readMessages(chunk: Uint8Array, channels: Channels): StoredMessage[] {
  const result: StoredMessage[] = [];
  let frames = 0;
  for (const message of channels.messages(chunk)) {
    if (message.topic === '/frames') checkFrame(message, frames++);
    result.push(message);
  }
  return result;
}

/** A frame as encoded in its chunk. */
export interface StoredFrame {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly data: Uint8Array;
  /** The VMAs that hold for it, as JSON; null if the chunk has none before it. */
  readonly vmas: Uint8Array | null;
}

/** What a chunk holds that is needed to show its frames. */
export interface ChunkFrames {
  readonly frames: readonly StoredFrame[];
  readonly bytes: number;
}

/** Reads the frames of a chunk. @throws InspectorError `damaged-file` */
export function readFrames(
  chunk: Uint8Array,
  channels: Channels,
  unpacked?: (bytes: number) => void,
): ChunkFrames {
  const frames: StoredFrame[] = [];
  let vmas: Uint8Array | null = null;
  let bytes = 0;
  for (const message of channels.messages(chunk, unpacked)) {
    const { topic, time, data } = message;
    if (topic === '/vmas') vmas = data;
    else if (topic === '/frames') {
      checkFrame(message, frames.length);
      frames.push({ time, data, vmas });
    } else continue;
    bytes += data.length;
  }
  return { frames, bytes };
}

function checkFrame({ data }: StoredMessage, before: number): void {
  if (data.length > MAX_FRAME_BYTES) throw damaged(`a frame of ${plural(data.length, 'byte')}`);
  if (before >= MAX_CHUNK_FRAMES) throw damaged(`more than ${MAX_CHUNK_FRAMES} frames in a chunk`);
}

/** Facts of a chunk without decoding its frames. */
export interface ChunkSummary {
  /** Nanoseconds since 1970, of each frame. */
  readonly times: readonly bigint[];
  /** Pages by kind, of each frame. */
  readonly counts: readonly (readonly number[])[];
  /** Numbers of the first frame and of the last; null if there is none. */
  readonly numbers: { readonly first: number; readonly last: number } | null;
  readonly operations: readonly { readonly time: bigint; readonly text: string }[];
  readonly marks: readonly MarkChangeRecord[];
  readonly processEvents: readonly ProcessEvent[];
}

const NO_COUNTS: readonly number[] = new Array<number>(KINDS).fill(0);

/**
 * Goes through a whole chunk.
 * @throws InspectorError `damaged-file` if anything in it cannot be, or the budget is spent
 */
export function summarize(chunk: Uint8Array, channels: Channels, budget: WorkBudget): ChunkSummary {
  const times: bigint[] = [];
  const counts: (readonly number[])[] = [];
  const operations: { time: bigint; text: string }[] = [];
  const marks: MarkChangeRecord[] = [];
  const processEvents: ProcessEvent[] = [];
  let first = -1;
  let last = -1;
  for (const message of channels.messages(chunk, budget.spend)) {
    const { topic, time, data, sequence } = message;
    if (topic === '/writers' && data.length > MAX_WRITERS_BYTES)
      throw damaged(`a message of ${plural(data.length, 'byte')} in ${topic}`);
    // Parsed by those who need them.
    if (topic === '/vmas' || topic === '/writers' || topic === '/rerun') continue;
    if (topic === '/frames') {
      checkFrame(message, times.length);
      if (first < 0) first = sequence;
      last = sequence;
      times.push(time);
      continue;
    }
    const fast = topic === '/statistics' ? fastStatistics(data) : null;
    if (fast !== null) {
      counts.push(fast);
      continue;
    }
    if (data.length > MAX_NOTE_BYTES) throw damaged(`a message of ${data.length} bytes in ${topic}`);
    budget.spend(NOTE_WORK + 16 * data.length);
    const text = textOf(data);
    if (topic === '/statistics') {
      const line = parseJson(statisticsSchema, text, 'statistics');
      counts.push(TIMELINE_KINDS.map((kind) => line[kind]));
    } else if (topic === '/operations') {
      parseOperation(text, 0);
      operations.push({ time, text });
    } else if (topic === '/marks') {
      marks.push(parseJson(markChangeRecordSchema, text, 'a mark'));
    } else {
      processEvents.push(parseProcessEvent(text));
    }
  }
  return {
    times,
    counts: times.map((_, i) => counts[i] ?? NO_COUNTS),
    numbers: first < 0 ? null : { first, last },
    operations,
    marks,
    processEvents,
  };
}

const textOf = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();

const LINE = new RegExp(
  `^\\{"frame":\\d{1,10},"mode":"(?:hold|interval)","written":\\d{1,15},` +
    TIMELINE_KINDS.map((kind) => `"${kind}":(\\d{1,9}),`).join('') +
    `"scan_ms":\\d{1,15}(?:\\.\\d{1,20})?(?:e-\\d{1,2})?\\}$`,
);

/** The counts of a line as this program writes it, without a parser for all that JSON can be; null for any other. */
function fastStatistics(data: Uint8Array): number[] | null {
  if (data.length > 300) return null;
  const found = LINE.exec(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1'));
  return found === null ? null : found.slice(1).map(Number);
}
