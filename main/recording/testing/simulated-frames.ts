import type { Frame } from '#shared/frame/frame.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { capabilitiesOf, type SampleMode, type TrackingSource } from '#shared/source/source.ts';
import { FrameBuilder } from '../../session/frames/frame-builder.ts';
import { openSimulated } from '../../simulated/source/open.ts';
import type { RecordingOptions } from '../recording-writer.ts';

export interface SimulatedFrames {
  readonly source: TrackingSource;
  readonly picture: FrameBuilder;
  /** The next frame, `step` milliseconds of the program later. */
  next(mode?: SampleMode): Promise<Frame>;
}

/** Frames of a simulated program, by its own clock: as fast as they can be made, and always the same. */
export async function simulatedFrames(
  workload = 'game-loop',
  mode: SampleMode = 'interval',
  {
    step = 50,
    seed = 1,
    parameters = {},
  }: { step?: number; seed?: number; parameters?: Record<string, number> } = {},
): Promise<SimulatedFrames> {
  let now = 0;
  // The model's own budget of time for a step never ends: what is made does not depend on the machine.
  const source = await openSimulated({ workload, parameters, seed }, () => 0);
  const picture = new FrameBuilder(0);
  const tiles = new TileSet();
  return {
    source,
    picture,
    async next(asked = mode) {
      now += step;
      tiles.clear();
      const sample = await source.sample({ mode: asked, tiles, state: true, elapsed: step });
      return picture.advance({ sample, tiles, mode: asked, state: true, time: now, whole: false });
    },
  };
}

/** The metadata of a recording of a simulated source. */
export function infoOf(source: TrackingSource): RecordingOptions['info'] {
  return { kernel: 'test', hz: 20, source: source.description, capabilities: capabilitiesOf(source) };
}
