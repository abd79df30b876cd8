import { type Input, InputFile } from './input-file.ts';
import type { RecordingOutput } from './recording-output.ts';
import { checkMagic, RecordingReader } from './recording-reader.ts';

/** Bytes that are read at once. */
const PART_BYTES = 2 ** 20;
const PROGRESS_MS = 250;

/**
 * Copies the recording `path` to `output`, which is closed in every case. Rejects if it is not a regular file that begins as a recording
 * does, and where it cannot be read or written.
 * @param progress is called several times a second
 * @returns its bytes
 */
export async function copyRecording(
  path: string,
  output: RecordingOutput,
  progress: (bytes: number, total: number) => void,
): Promise<number> {
  try {
    const file = await InputFile.open(path);
    try {
      await checkMagic(file);
      const { size } = await file.facts();
      let reportedAt = -Infinity;
      for (let at = 0; at < size;) {
        const bytes = await file.read(at, Math.min(PART_BYTES, size - at));
        // Cut off meanwhile.
        if (bytes.length === 0) break;
        output.write(bytes);
        at += bytes.length;
        await output.room();
        if (output.failed) break;
        if (performance.now() - reportedAt < PROGRESS_MS) continue;
        reportedAt = performance.now();
        progress(output.written, size);
      }
      await output.settled();
      progress(output.written, size);
      return output.written;
    } finally {
      await file.close();
    }
  } finally {
    await output.close();
  }
}

/**
 * Where a copy of the first `bytes` bytes of the recording `path` ends, in nanoseconds, while that is still being written; null if it is
 * not.
 */
export async function endOfGrowing(path: string, bytes: number): Promise<number | null> {
  const file = await InputFile.open(path);
  const copied: Input = {
    path,
    facts: async () => ({ ...(await file.facts()), size: bytes }),
    read: (at, length) => file.read(at, Math.max(0, Math.min(length, bytes - at))),
    close: () => file.close(),
  };
  const reader = await RecordingReader.openInput(copied);
  const end = reader.growing ? reader.index.endNs : null;
  await reader.close();
  return end;
}
