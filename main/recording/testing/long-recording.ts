import { closeSync, openSync, writeSync } from 'node:fs';
import { randomWords } from '#shared/testing/random.ts';
import { RECORDING_VERSION } from '../channels.ts';
import { FrameEncoder } from '../frame-codec.ts';
import { FrameIndex } from '../frame-index.ts';
import { indexAttachments } from '../index-attachment.ts';
import { McapBuilder } from '../mcap-builder.ts';
import { loadZstd } from '../zstd.ts';
import { infoOf, simulatedFrames } from './simulated-frames.ts';

const CHUNK_FRAMES = 15;
/** Between two frames; each is up to a millisecond late. */
const STEP_NS = 50e6;

/**
 * A recording of `count` frames, 58 hours at 20 a second for 4.2 million: a few real frames over and over, each with its
 * own time and counts. Written without the writer, which would take an hour for it.
 */
export async function makeLongRecording(path: string, count: number): Promise<void> {
  await loadZstd();
  const frames = await simulatedFrames('game-loop', 'interval', { parameters: { textures: 8 } });
  const encoder = new FrameEncoder();
  const encoded: Uint8Array[] = [];
  for (let i = 0; i < CHUNK_FRAMES; i++) {
    const data = encoder.encode(await frames.next(), i === 0);
    if (data !== null) encoded.push(data);
  }
  const vmas = JSON.stringify({ vmas: encoder.state.vmas });
  const builder = new McapBuilder();
  const index = new FrameIndex();
  index.reserve(count);
  const info = { version: RECORDING_VERSION, recordedAt: 1.7e12, ...infoOf(frames.source) };
  const fd = openSync(path, 'w');
  const write = (bytes: Uint8Array | null): void => {
    for (let at = 0; bytes !== null && at < bytes.length;) at += writeSync(fd, bytes, at);
  };
  write(builder.begin(new Map(Object.entries(info).map(([key, value]) => [key, JSON.stringify(value)]))));
  const random = randomWords(1);
  for (let i = 0; i < count; i++) {
    const [heap, stack, anon, file] = [random() >>> 20, random() >>> 30, random() >>> 24, random() >>> 28];
    const timeNs = i * STEP_NS + (random() >>> 12);
    const time = BigInt(1.7e12) * 1_000_000n + BigInt(timeNs);
    if (i % CHUNK_FRAMES === 0) builder.add('/vmas', i, time, vmas);
    builder.add('/frames', i, time, encoded[i % CHUNK_FRAMES]);
    const line = `{"frame":${i},"mode":"interval","written":${heap + stack + anon + file},"heap":${heap},"stack":${stack},"anon":${anon},"file":${file},"shared":0,"other":0,"scan_ms":1.5}`;
    builder.add('/statistics', i, time, line);
    index.push(timeNs, [heap, stack, anon, file, 0, 0], builder.chunks.length);
    if (i % CHUNK_FRAMES === CHUNK_FRAMES - 1) write(builder.finishChunk());
  }
  write(builder.finishChunk());
  const notes = { operations: [], marks: [], processEvents: [] };
  for (const { name, data } of indexAttachments(index, builder.chunks.length, notes))
    write(builder.attachment(name, 0n, data));
  write(builder.end());
  closeSync(fd);
}
