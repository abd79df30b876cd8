import { expect, it } from 'vitest';
import type { Frame } from '#shared/frame/frame.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { FrameBuilder } from '../session/frames/frame-builder.ts';
import { addEventPages } from './event-counts.ts';
import { FrameEncoder } from './frame-codec.ts';

/** A frame for each list of runs, of plane, first page and end. */
function frames(mode: SampleMode, ...runs: [Plane, number, number][][]): Frame[] {
  const picture = new FrameBuilder(0);
  return runs.map((list, i) => {
    const tiles = new TileSet();
    for (const [plane, start, end] of list) tiles.setRun(plane, start, end);
    return picture.advance({
      ...{ sample: { vmas: [], scanNs: 1 }, tiles, mode, state: true, time: i, whole: false },
    });
  });
}

it('adds up what happened in each interval, and nothing of mode hold', () => {
  const all: [Plane, number, number][][] = [
    [
      [Plane.Touched, 10, 20],
      [Plane.Gone, 600, 602],
    ],
    [[Plane.Hot, 5, 8]],
    [
      [Plane.Touched, 10, 11],
      [Plane.Written, 0, 512],
    ],
  ];
  for (const [mode, counted, sums] of [
    ['interval', 3, { touched: 11, hot: 3, gone: 2 }],
    ['hold', 0, { touched: 0, hot: 0, gone: 0 }],
  ] as const) {
    const encoder = new FrameEncoder();
    const stored = frames(mode, ...all).map((frame, i) => {
      const data = encoder.encode(frame, i === 0);
      if (data === null) throw new Error('a frame is not accepted');
      return { time: 0n, data, vmas: null };
    });
    const found = { touched: 0, hot: 0, gone: 0 };
    expect(addEventPages(found, stored)).toBe(counted);
    expect(found).toEqual(sums);
  }
});
