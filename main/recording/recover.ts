import { rm } from 'node:fs/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { decodeRecordedFrame, RecordedState, type RecordedFrame } from './frame-codec.ts';
import { FrameIndex } from './frame-index.ts';
import { indexAttachments } from './index-attachment.ts';
import { McapBuilder } from './mcap-builder.ts';
import { OutputFile } from './output-file.ts';
import { parseVmas } from './channels.ts';
import type { StoredMessage } from './records.ts';
import { RecordingReader } from './recording-reader.ts';
import { WorkBudget } from './work-budget.ts';

export interface Recovered {
  readonly path: string;
  readonly frames: number;
  readonly bytes: number;
  /** Frames that were found and could not be shown, and so left out. */
  readonly lost: number;
  /** What was wrong with the file; null if it was whole. */
  readonly damage: string | null;
}

/**
 * Writes what can be shown of the recording `from` to the new file `to`, with an end and an index, and opens that again
 * to prove it: every frame of it is read. Rejects if nothing is left, or where `to` exists; then no file is left.
 */
export async function recover(from: string, to: string, signal?: AbortSignal): Promise<Recovered> {
  const reader = await RecordingReader.open(from, { scan: true, ...(signal ? { signal } : {}) });
  try {
    const file = await OutputFile.create(to);
    try {
      const { frames, lost } = await rewriteAndClose(reader, file, signal);
      await verify(to, frames);
      return { path: to, frames, bytes: file.written, lost, damage: reader.damageNow };
    } catch (cause) {
      // The file is new: `create` fails if it existed.
      await rm(to, { force: true });
      throw cause;
    }
  } finally {
    await reader.close();
  }
}

async function rewriteAndClose(...args: Parameters<typeof rewrite>): ReturnType<typeof rewrite> {
  try {
    return await rewrite(...args);
  } finally {
    await args[1].close();
  }
}

async function rewrite(
  reader: RecordingReader,
  file: OutputFile,
  signal?: AbortSignal,
): Promise<{ frames: number; lost: number }> {
  const budget = new WorkBudget();
  budget.fileSize(reader.bytes);
  const builder = new McapBuilder();
  const index = new FrameIndex();
  let lost = 0;
  file.write(builder.begin(reader.metadata ?? new Map()));
  for (let chunk = 0; chunk < reader.chunks; chunk++) {
    signal?.throwIfAborted();
    const first = reader.index.firstOfChunk(chunk);
    const end = reader.index.firstOfChunk(chunk + 1);
    const messages = await reader.readMessages(chunk);
    const whole = showable(messages, budget);
    lost += end - first - whole;
    let frame = 0;
    for (const { topic, sequence, time, data } of messages) {
      if (topic === '/frames') {
        if (frame === whole) break;
        index.push(
          reader.index.times[first + frame],
          reader.index.countsOf(first + frame),
          builder.chunks.length,
        );
        frame++;
      }
      builder.add(topic, sequence, time, data);
    }
    const bytes = builder.finishChunk();
    if (bytes !== null) file.write(bytes);
    await file.room();
  }
  if (index.frames === 0)
    throw new InspectorError('damaged-file', `${reader.path}: no frame in it can be saved.`, '');
  const { operations, marks, processEvents } = reader;
  const notes = { operations, marks, processEvents };
  for (const { name, data } of indexAttachments(index, builder.chunks.length, notes))
    file.write(builder.attachment(name, reader.start + BigInt(index.endNs), data));
  file.write(builder.end());
  await file.settled();
  return { frames: index.frames, lost };
}

/** Bytes of a tile's plane: what it costs to change one. */
const TILE_WORK = 64;

/**
 * How many of a chunk's frames, from its first one on, can be shown. A run of pages may be as long as all memory: where
 * trying it would cost more than the file is worth, the frames are decoded and not applied.
 */
function showable(messages: readonly StoredMessage[], budget: WorkBudget): number {
  const state = new RecordedState();
  let vmas = false;
  let frames = 0;
  try {
    for (const { topic, data } of messages) {
      if (topic === '/vmas') {
        parseVmas(new TextDecoder().decode(data));
        vmas = true;
      } else if (topic === '/frames') {
        if (!vmas) return frames;
        const frame = decodeRecordedFrame(data);
        budget.spent += tilesOf(frame) * TILE_WORK;
        if (!budget.exhausted) state.apply(frame);
        frames++;
      }
    }
  } catch {
    // The frames after it build on it.
  }
  return frames;
}

function tilesOf({ planes }: RecordedFrame): number {
  let tiles = 0;
  for (const runs of planes)
    for (let i = 0; i < runs.length; i += 2)
      tiles += 1 + Math.floor((runs[i + 1] - runs[i]) / PAGES_PER_TILE);
  return tiles;
}

async function verify(path: string, frames: number): Promise<void> {
  const reader = await RecordingReader.open(path);
  try {
    let read = 0;
    for (let chunk = 0; chunk < reader.chunks; chunk++) read += (await reader.readChunk(chunk)).frames.length;
    if (reader.damage === null && read === frames && reader.index.frames === frames) return;
    throw new InspectorError(
      'internal',
      `${path}: ${read} of ${plural(frames, 'frame')} are in the recovered file.`,
      '',
    );
  } finally {
    await reader.close();
  }
}
