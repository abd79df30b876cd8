import { RecordingWriter } from '../../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';

/** Opens the simulated game with few textures. */
export const game = {
  kind: 'simulated',
  workload: 'game-loop',
  parameters: { textures: 8 },
  seed: 1,
} as const;

/** A recording of `frames` frames of the game at 20 a second, written to `path`, which is returned. */
export async function recordGame(
  path: string,
  frames: number,
  mode: 'hold' | 'interval' = 'interval',
): Promise<string> {
  const made = await simulatedFrames(game.workload, mode, { parameters: game.parameters });
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  for (let i = 0; i < frames; i++) writer.frame(await made.next());
  await writer.stop();
  return path;
}
