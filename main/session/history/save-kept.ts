import { setImmediate } from 'node:timers/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Mark, RecordingProgress } from '#shared/contract/recording.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { decodeRecordedFrame, RecordedState } from '../../recording/frame-codec.ts';
import { type RecordingOptions, RecordingWriter } from '../../recording/recording-writer.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';
import type { KeptFrames } from './live-history.ts';

/**
 * Writes what is kept of a session as a recording: its frames and all that happened in their time. Samples continue meanwhile.
 * Rejects with kind `io`, and with `bad-request` if nothing is kept.
 */
export async function saveKept(
  { segments, operations, processEvents, writers }: KeptFrames,
  marks: readonly Mark[],
  options: Pick<RecordingOptions, 'path' | 'info'>,
): Promise<RecordingProgress> {
  const startNs = segments[0]?.times[0];
  if (startNs === undefined) throw new InspectorError('bad-request', 'No frames of this session are kept.');
  const writer = await RecordingWriter.create(options);
  const later = [
    ...operations.map((one) => ({ timeNs: one.timeNs, write: () => writer.operation(one) })),
    ...processEvents.map((one) => ({ timeNs: one.timeNs, write: () => writer.processEvent(one) })),
    ...writers.map((one) => ({ timeNs: one.timeNs, write: () => writer.writers(one) })),
    ...marks.map((one) => ({ timeNs: one.timeNs, write: () => writer.mark(one) })),
  ]
    .filter(({ timeNs }) => timeNs >= startNs)
    .sort((a, b) => a.timeNs - b.timeNs);
  const builder = new FrameBuilder(0);
  let next = 0;
  let isFirst = true;
  for (const { frames, vmas, times } of segments) {
    const state = new RecordedState();
    for (const [i, data] of frames.entries()) {
      const recorded = decodeRecordedFrame(data);
      state.apply(recorded);
      // The recording begins with its first frame; writers go before the frame of their time.
      while (!isFirst && next < later.length && later[next].timeNs <= times[i]) later[next++].write();
      const tiles = new TileSet();
      tiles.copyFrom(state.tiles);
      const { mode, scanNs } = recorded;
      const sample = { vmas: vmas[i], scanNs };
      writer.frame(builder.advance({ sample, tiles, mode, state: true, time: times[i] / 1e6, whole: false }));
      isFirst = false;
    }
    await writer.room();
    await setImmediate();
  }
  for (const { write } of later.slice(next)) write();
  return writer.stop();
}
