/** The frames of a part of the index, version 2: columns of differences and counts, some six bytes per frame. */
import { damaged } from './bytes.ts';
import type { FrameColumns, FrameIndex } from './frame-index.ts';
import { KINDS } from './kind-counts.ts';
import { ColumnReader, encodeColumn, MAX_WIDTH, type NumberColumn } from './number-column.ts';

/** Times, counts, and of runs of frames in one chunk the chunk and the length, each column with its width. */
const COLUMNS = 1 + KINDS + 2;
const COUNT_BYTES = 4;
/** The most that a frame takes; a run is counted as well. */
const MAX_FRAME_BYTES = MAX_WIDTH + KINDS * COUNT_BYTES;
const MAX_RUN_BYTES = 2 * COUNT_BYTES;

/** The most bytes that `frames` frames in `runs` runs take. */
export const maxPartBytes = (frames: number, runs: number): number =>
  COLUMNS + frames * MAX_FRAME_BYTES + runs * MAX_RUN_BYTES;

/** Frames `from` to `end` of the index, and how many runs of frames in one chunk they are. */
export function encodePart(
  index: FrameIndex,
  from: number,
  end: number,
): { runs: number; columns: Uint8Array[] } {
  const steps = new Float64Array(end - from);
  let time = from > 0 ? index.times[from - 1] : 0;
  for (let i = from; i < end; i++) {
    steps[i - from] = index.times[i] - time;
    time = index.times[i];
  }
  const counts = Array.from({ length: KINDS }, (_, kind) => index.countsOfKind(kind, from, end));
  const chunkSteps: number[] = [];
  const lengths: number[] = [];
  let before = from > 0 ? index.chunkOf(from - 1) : 0;
  for (let at = from; at < end;) {
    const chunk = index.chunkOf(at);
    const next = Math.min(end, index.firstOfChunk(chunk + 1));
    chunkSteps.push(chunk - before);
    lengths.push(next - at);
    before = chunk;
    at = next;
  }
  return {
    runs: lengths.length,
    columns: [steps, ...counts, chunkSteps, lengths].map((values) => encodeColumn(values)),
  };
}

/**
 * What `encodePart` wrote, as it follows the frames of `index`.
 * @param part the columns begin at its byte `at`
 * @param chunks of the file @returns with the number of bytes after the columns
 * @throws InspectorError `damaged-file`
 */
export function decodePart(
  index: FrameIndex,
  part: Uint8Array,
  at: number,
  { frames, runs, chunks }: { frames: number; runs: number; chunks: number },
): { found: FrameColumns; left: number } {
  const reader = new ColumnReader(part, at);
  const times = timesAfter(index.endNs, reader.next(frames), frames);
  const counts = Array.from({ length: KINDS }, () => countsOf(reader.next(frames)));
  let chunk = index.frames > 0 ? index.chunkOf(index.frames - 1) : 0;
  const chunkSteps = reader.next(runs);
  const lengths = reader.next(runs);
  const numbers = new Uint32Array(runs);
  const firsts = new Uint32Array(runs);
  let first = 0;
  for (let i = 0; i < runs; i++) {
    chunk += chunkSteps?.[i] ?? 0;
    if (chunk >= chunks) throw damaged('an index of chunks that are not there');
    numbers[i] = chunk;
    firsts[i] = first;
    const length = lengths?.[i] ?? 0;
    first += length;
    if (length === 0 || first > frames) throw damaged('an index whose chunks have other frames');
  }
  if (first !== frames) throw damaged('an index whose chunks have other frames');
  return { found: { times, counts, runs: { chunks: numbers, firsts } }, left: reader.left };
}

function timesAfter(startNs: number, steps: NumberColumn, frames: number): Float64Array {
  const times = new Float64Array(frames);
  let time = startNs;
  if (steps === null) return times.fill(time);
  for (let i = 0; i < frames; i++) {
    time += steps[i];
    times[i] = time;
  }
  // Numbers are not negative: if the last one is a time, all are.
  if (time > Number.MAX_SAFE_INTEGER) throw damaged(`an index with a time of ${time} ns`);
  return times;
}

function countsOf(column: NumberColumn): Exclude<NumberColumn, Float64Array> {
  if (column instanceof Float64Array) throw damaged('an index with counts beyond all pages');
  return column;
}
