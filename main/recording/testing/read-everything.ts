import { InspectorError } from '#shared/contract/errors.ts';
import { FrameCursor } from '../frame-cursor.ts';
import { RecordingReader, type OpenOptions } from '../recording-reader.ts';
import { memoryInput } from './memory-input.ts';

export interface Read {
  /** Frames in the index, and those that could be shown. */
  readonly frames: number;
  readonly shown: number;
}

/**
 * Opens a recording and shows all its frames, those of damaged chunks left out. Null if it is refused with an error
 * with the reason; any other exception is a defect and rethrown.
 */
export async function readEverything(bytes: Uint8Array, options: OpenOptions = {}): Promise<Read | null> {
  let reader: RecordingReader;
  try {
    reader = await RecordingReader.openInput(memoryInput(bytes), options);
  } catch (cause) {
    return refused(cause);
  }
  const cursor = new FrameCursor(reader);
  let shown = 0;
  for (let chunk = 0; chunk < reader.chunks; chunk++) {
    const end = reader.index.firstOfChunk(chunk + 1);
    try {
      for (let frame = reader.index.firstOfChunk(chunk); frame < end; frame++) {
        await cursor.goTo(frame);
        shown++;
      }
    } catch (cause) {
      refused(cause);
    }
  }
  reader.index.timeline(0, reader.index.endNs, 64);
  void reader.info;
  await reader.close();
  return { frames: reader.index.frames, shown };
}

function refused(cause: unknown): null {
  if (cause instanceof InspectorError && cause.kind !== 'internal' && cause.message !== '') return null;
  throw cause;
}
