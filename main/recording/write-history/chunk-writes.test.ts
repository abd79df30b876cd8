import { expect, it } from 'vitest';
import type { ChunkedFrames } from '../chunked-frames.ts';
import { ReaderStore } from '../reader-store.ts';
import { RecordingReader } from '../recording-reader.ts';
import { RecordingWriter } from '../recording-writer.ts';
import { infoOf, simulatedFrames } from '../testing/simulated-frames.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ChunkWritesReader } from './chunk-writes.ts';

const folder = temporaryFolder();

it('reads a chunk once for all that need it at the same time, and afterwards', async () => {
  const path = folder.path('a.mcap');
  const { source, next } = await simulatedFrames();
  const writer = await RecordingWriter.create({ path, info: infoOf(source) });
  for (let i = 0; i < 60; i++) writer.frame(await next());
  await writer.stop();
  const reader = await RecordingReader.open(path);
  try {
    const store = new ReaderStore(reader);
    const read: number[] = [];
    const counted: ChunkedFrames = {
      index: store.index,
      frames: (chunk) => {
        read.push(chunk);
        return store.frames(chunk);
      },
      vmas: (frame) => store.vmas(frame),
    };
    const chunks = new ChunkWritesReader(counted);
    const [first, second] = await Promise.all([chunks.of(0), chunks.of(0)]);
    expect(second).toBe(first);
    expect(await chunks.of(0)).toBe(first);
    expect(read).toEqual([0]);
  } finally {
    await reader.close();
  }
});
