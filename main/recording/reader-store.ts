import type { Vma } from '#shared/memory/vma.ts';
import { parseVmas } from './channels.ts';
import type { FrameIndex } from './frame-index.ts';
import type { ChunkedFrames } from './chunked-frames.ts';
import type { RecordingReader } from './recording-reader.ts';

/** The frames of a file, a chunk at a time; nothing is kept. */
export class ReaderStore implements ChunkedFrames {
  private readonly reader: RecordingReader;

  constructor(reader: RecordingReader) {
    this.reader = reader;
  }

  get index(): FrameIndex {
    return this.reader.index;
  }

  async frames(chunk: number): Promise<readonly Uint8Array[]> {
    const { frames } = await this.reader.readChunk(chunk);
    return frames.map(({ data }) => data);
  }

  async vmas(frame: number): Promise<readonly Vma[]> {
    const { index } = this.reader;
    const chunk = index.chunkOf(frame);
    const { frames } = await this.reader.readChunk(chunk);
    const { vmas } = frames[frame - index.firstOfChunk(chunk)];
    return vmas === null ? [] : parseVmas(new TextDecoder().decode(vmas));
  }
}
