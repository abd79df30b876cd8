/**
 * Reads the named files of any content, one after another, as `info` and playback do. Prints a line per file: its
 * outcome, the bytes that were read and unpacked, and the process's peak memory.
 */
import { readFileSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { FrameCursor } from '../frame-cursor.ts';
import { readMarks } from '../marks-file.ts';
import { RecordingReader } from '../recording-reader.ts';

/** Chunks of each file that are shown, as seeking to them would. */
const SHOWN_CHUNKS = 8;

async function read(path: string): Promise<{ frames: number; damage: string | null }> {
  await readMarks(path);
  const reader = await RecordingReader.open(path);
  try {
    await reader.check().catch(refused);
    const cursor = new FrameCursor(reader);
    for (let chunk = 0; chunk < Math.min(reader.chunks, SHOWN_CHUNKS); chunk++) {
      const first = reader.index.firstOfChunk(chunk);
      if (first < reader.index.firstOfChunk(chunk + 1)) await cursor.goTo(first).catch(refused);
    }
    reader.index.timeline(0, reader.index.endNs, 64);
    void reader.info;
    return { frames: reader.index.frames, damage: reader.damageNow };
  } finally {
    await reader.close();
  }
}

/** An error that names the file's defect is right; any other is a defect of the reader. */
function refused(cause: unknown): string {
  if (cause instanceof InspectorError && cause.kind !== 'internal') return cause.message;
  throw cause;
}

function peakKib(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

for (const path of process.argv.slice(2)) {
  const result = await read(path).catch((cause: unknown) => ({ refused: refused(cause) }));
  process.stdout.write(`${JSON.stringify({ path, ...result, peakKib: peakKib() })}\n`);
}
