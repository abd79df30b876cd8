import { RecordingWriter } from '../../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';

/** Records a simulated program, with a mark and an operation, to `path`. @returns `path` */
export async function recordSimulated(path: string, frames = 60, workload = 'game-loop'): Promise<string> {
  const parameters = workload === 'game-loop' ? { textures: 8 } : {};
  const made = await simulatedFrames(workload, 'interval', { parameters });
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  for (let i = 0; i < frames; i++) writer.frame(await made.next());
  writer.mark({ id: 'x', timeNs: 1_200_000_000, note: '=level, "two"', colour: 'red' });
  writer.operation({
    timeNs: 1_100_000_000,
    action: 'clear_refs',
    request: null,
    detail: '',
    result: { ok: true, ret: 0, next: null },
    durationNs: 2e6,
  });
  await writer.stop();
  return path;
}
