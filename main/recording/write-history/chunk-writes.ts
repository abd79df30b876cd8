import { Plane } from '#shared/memory/plane.ts';
import { decodeRecordedFrame } from '../frame-codec.ts';
import type { ChunkedFrames } from '../chunked-frames.ts';
import { NewWrites } from './new-writes.ts';
import { NO_RUNS, subtractRuns } from './run-sets.ts';

/** What the frames of a chunk report; index i is its frame i. */
export interface ChunkWrites {
  /** Pages newly written. */
  readonly written: readonly Float64Array[];
  /** Pages that were given back and not written as well. */
  readonly gone: readonly Float64Array[];
  /** Whether its first frame is of mode hold. */
  readonly holds: boolean;
  /** In mode hold, what counts as written after the last frame; else what its interval wrote. */
  readonly last: Float64Array;
  readonly bytes: number;
}

/** Kept at most. */
const MAX_BYTES = 32 * 2 ** 20;
const EMPTY_BYTES = 256;

/** Chunks of encoded frames as the writes that they report, the last ones kept. */
export class ChunkWritesReader {
  private readonly store: ChunkedFrames;
  private readonly kept = new Map<number, ChunkWrites>();
  /** Chunks that are being read: others that need one wait for the same. */
  private readonly reading = new Map<number, Promise<ChunkWrites>>();
  private bytes = 0;
  private readonly forgotten: () => Float64Array;

  /** @param forgotten what counted as written when the frames ended that the store has no more */
  constructor(store: ChunkedFrames, forgotten: () => Float64Array = () => NO_RUNS) {
    this.store = store;
    this.forgotten = forgotten;
  }

  /** Rejects with `damaged-file` or `io` if the chunk cannot be read. */
  of(chunk: number): Promise<ChunkWrites> {
    const known = this.kept.get(chunk);
    if (known) {
      // The one used last goes last.
      this.kept.delete(chunk);
      this.kept.set(chunk, known);
      return Promise.resolve(known);
    }
    // The last one can have got more frames since.
    if (!this.isComplete(chunk)) return this.read(chunk);
    let reading = this.reading.get(chunk);
    if (!reading) {
      reading = this.read(chunk)
        .then((read) => this.keep(chunk, read))
        .finally(() => this.reading.delete(chunk));
      this.reading.set(chunk, reading);
    }
    return reading;
  }

  /** The last chunk of a live session has not all of its frames yet. */
  private isComplete(chunk: number): boolean {
    const { index } = this.store;
    return index.frames > 0 && index.chunkOf(index.frames - 1) > chunk;
  }

  private async read(chunk: number): Promise<ChunkWrites> {
    const writes = decodeChunk(await this.store.frames(chunk));
    if (!writes.holds) return writes;
    const [first, ...others] = writes.written;
    return { ...writes, written: [subtractRuns(first, await this.before(chunk)), ...others] };
  }

  /** What counted as written before the chunk; if that is not known, everything, so that nothing seems new. */
  private async before(chunk: number): Promise<Float64Array> {
    const { index } = this.store;
    const first = index.firstOfChunk(chunk);
    if (first === 0) return this.forgotten();
    const previous = index.chunkOf(first - 1);
    const known = this.kept.get(previous);
    if (known) return known.last;
    try {
      return decodeChunk(await this.store.frames(previous)).last;
    } catch {
      return EVERYTHING;
    }
  }

  private keep(chunk: number, writes: ChunkWrites): ChunkWrites {
    this.kept.set(chunk, writes);
    this.bytes += writes.bytes;
    for (const [oldest, { bytes }] of this.kept) {
      if (this.bytes <= MAX_BYTES || oldest === chunk) break;
      this.kept.delete(oldest);
      this.bytes -= bytes;
    }
    return writes;
  }
}

const EVERYTHING = Float64Array.of(0, 2 ** 52);

/**
 * The frames of a chunk by themselves. `holds`: the first one is of mode hold, and has all that was written before.
 * @throws InspectorError `damaged-file`
 */
export function decodeChunk(frames: readonly Uint8Array[]): ChunkWrites {
  const writes = new NewWrites();
  const written: Float64Array[] = [];
  const gone: Float64Array[] = [];
  let bytes = EMPTY_BYTES;
  let holds = false;
  for (const data of frames) {
    const frame = decodeRecordedFrame(data);
    if (written.length === 0) holds = frame.mode === 'hold';
    const own = writes.next(frame);
    // In mode hold this plane of a difference has changes, not the time of writes.
    const given = frame.mode === 'interval' ? subtractRuns(frame.planes[Plane.Gone], own) : NO_RUNS;
    written.push(own);
    gone.push(given);
    bytes += own.byteLength + given.byteLength + EMPTY_BYTES;
  }
  const last = writes.written;
  return { written, gone, last, bytes: bytes + last.byteLength, holds };
}
