import { codeName } from './code-names.ts';
import type { WriterStack } from './stacks.ts';

/** A profile in speedscope's own format, by https://www.speedscope.app/file-format-schema.json: weights are writes. */
export function speedscopeProfile(stacks: Iterable<WriterStack>, name: string) {
  const frames: { name: string; file?: string; line?: number }[] = [];
  const indexes = new Map<string, number>();
  const index = (frame: (typeof frames)[number]): number => {
    const key = JSON.stringify(frame);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, frames.length);
    return frames.push(frame) - 1;
  };
  const samples: number[][] = [];
  const weights: number[] = [];
  for (const { thread, frames: places, writes } of stacks) {
    const own = places.map((place) => {
      const { file, line } = place;
      return index({ name: codeName(place), ...(file !== null && { file }), ...(line !== null && { line }) });
    });
    samples.push([index({ name: thread }), ...own]);
    weights.push(writes);
  }
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name,
    exporter: 'soft-dirty-inspector',
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      {
        type: 'sampled',
        name,
        unit: 'none',
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples,
        weights,
      },
    ],
  } as const;
}
