import {
  statisticsSchema,
  TOPICS,
  type Topic,
  markChangeRecordSchema,
  parseJson,
  parseOperation,
  parseProcessEvent,
  type MarkChangeRecord,
} from './channels.ts';
import { TIMELINE_KINDS, type ProcessEvent } from '#shared/contract/recording.ts';
import { KINDS } from './kind-counts.ts';
import type { Channels } from './records.ts';

/** A message of a channel that is known. */
export interface StoredMessage {
  readonly topic: Topic;
  readonly sequence: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly data: Uint8Array;
}

/** All messages of a chunk, in their order. @throws InspectorError `damaged-file` */
export function readMessages(chunk: Uint8Array, channels: Channels): StoredMessage[] {
  const result: StoredMessage[] = [];
  for (const { channelId, sequence, logTime: time, data } of channels.messages(chunk)) {
    const topic = TOPICS.find((known) => known === channels.topics.get(channelId));
    if (topic !== undefined) result.push({ topic, sequence, time, data });
  }
  return result;
}

/** A frame as it stands in its chunk. */
export interface StoredFrame {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly data: Uint8Array;
  /** The VMAs that hold for it, as JSON; null where the chunk has none before it. */
  readonly vmas: Uint8Array | null;
}

/** What a chunk holds that is needed to show its frames. */
export interface ChunkFrames {
  readonly frames: readonly StoredFrame[];
  readonly bytes: number;
}

/** Reads the frames of a chunk. @throws InspectorError `damaged-file` */
export function readFrames(chunk: Uint8Array, channels: Channels): ChunkFrames {
  const frames: StoredFrame[] = [];
  let vmas: Uint8Array | null = null;
  let bytes = 0;
  for (const message of channels.messages(chunk)) {
    const topic = channels.topics.get(message.channelId);
    if (topic === '/vmas') vmas = message.data;
    else if (topic === '/frames') frames.push({ time: message.logTime, data: message.data, vmas });
    else continue;
    bytes += message.data.length;
  }
  return { frames, bytes };
}

/** What a chunk tells without its frames being decoded. */
export interface ChunkSummary {
  /** Nanoseconds since 1970, of each frame. */
  readonly times: readonly bigint[];
  /** Pages by kind, of each frame. */
  readonly counts: readonly (readonly number[])[];
  readonly operations: readonly { readonly time: bigint; readonly text: string }[];
  readonly marks: readonly MarkChangeRecord[];
  readonly processEvents: readonly ProcessEvent[];
}

const NO_COUNTS: readonly number[] = new Array<number>(KINDS).fill(0);

/** Goes through a whole chunk. @throws InspectorError `damaged-file` where anything in it cannot be */
export function summarize(chunk: Uint8Array, channels: Channels): ChunkSummary {
  const times: bigint[] = [];
  const counts: (readonly number[])[] = [];
  const operations: { time: bigint; text: string }[] = [];
  const marks: MarkChangeRecord[] = [];
  const processEvents: ProcessEvent[] = [];
  const decoder = new TextDecoder();
  for (const { topic, time, data } of readMessages(chunk, channels)) {
    if (topic === '/frames') {
      times.push(time);
    } else if (topic === '/statistics') {
      const line = parseJson(statisticsSchema, decoder.decode(data), 'statistics');
      counts.push(TIMELINE_KINDS.map((kind) => line[kind]));
    } else if (topic === '/operations') {
      const text = decoder.decode(data);
      parseOperation(text, 0);
      operations.push({ time, text });
    } else if (topic === '/marks') {
      marks.push(parseJson(markChangeRecordSchema, decoder.decode(data), 'a mark'));
    } else if (topic === '/process_events') {
      processEvents.push(parseProcessEvent(decoder.decode(data)));
    }
  }
  return { times, counts: times.map((_, i) => counts[i] ?? NO_COUNTS), operations, marks, processEvents };
}
