import type { TimeRange } from '#shared/contract/recording.ts';
import { threadName } from '#shared/writers/code-names.ts';
import { speedscopeProfile } from '#shared/writers/speedscope.ts';
import { foldedStacks, type WriterStack } from '#shared/writers/stacks.ts';
import type { RecordingReader } from '../recording-reader.ts';
import { placeKey } from './interval-builder.ts';
import { RecordedWriters } from './recorded-writers.ts';

export const STACK_FORMATS = ['folded', 'speedscope'] as const;
export type StackFormat = (typeof STACK_FORMATS)[number];

/** The stacks of all writers of a recording with their writes, as flame graph programs read them. */
export async function* exportStacks(
  reader: RecordingReader,
  { startNs, endNs }: TimeRange,
  format: StackFormat,
): AsyncGenerator<Uint8Array> {
  const recorded = new RecordedWriters(reader);
  const stacks = new Map<string, WriterStack & { writes: number }>();
  for (let chunk = 0; chunk < reader.chunks; chunk++) {
    for (const { timeNs, places, writers, runs } of await recorded.ofChunk(chunk)) {
      if (timeNs < startNs || timeNs > endNs) continue;
      for (let i = 0; i < runs.length; i += 3) {
        const { tid, thread, stack } = writers[runs[i + 2]];
        const frames = stack.toReversed().map((index) => places[index]);
        const name = threadName(tid, thread);
        const key = `${name}\n${frames.map(placeKey).join('\n')}`;
        const known = stacks.get(key) ?? { thread: name, frames, writes: 0 };
        known.writes += runs[i + 1];
        stacks.set(key, known);
      }
    }
  }
  const text =
    format === 'folded'
      ? foldedStacks(stacks.values())
      : `${JSON.stringify(speedscopeProfile(stacks.values(), reader.info?.source.title ?? 'writers'))}\n`;
  yield new TextEncoder().encode(text);
}
