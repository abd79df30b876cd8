import type { WriteRates } from '#shared/contract/write-rates.ts';
import { decodeRecordedFrame, RecordedState } from './frame-codec.ts';
import type { ChunkedFrames } from './chunked-frames.ts';
import { WriteRateMeter } from './write-rates.ts';

/** Length of the period before a time from which its rate is computed, in nanoseconds. */
const SPAN_NS = 1e9;

/**
 * How fast pages were written at `timeNs`, from every frame of the second before it: the same as a session that samples them
 * counts, however fast they are played. Null if there are not two frames.
 */
export async function ratesAt(store: ChunkedFrames, timeNs: number): Promise<WriteRates | null> {
  const { index } = store;
  const last = index.at(timeNs);
  if (last < 1) return null;
  const first = Math.max(0, Math.min(last - 1, index.at(index.times[last] - SPAN_NS)));
  const vmas = await store.vmas(last);
  const meter = new WriteRateMeter();
  const state = new RecordedState();
  for (let chunk = index.chunkOf(first); chunk <= index.chunkOf(last); chunk++) {
    const begin = index.firstOfChunk(chunk);
    if (begin === index.firstOfChunk(chunk + 1)) continue;
    const frames = await store.frames(chunk);
    for (let i = 0; i < frames.length && begin + i <= last; i++) {
      state.apply(decodeRecordedFrame(frames[i]));
      if (begin + i >= first) meter.note(state.tiles, vmas, state.mode, index.times[begin + i] / 1e6);
    }
  }
  return meter.rates(vmas);
}
