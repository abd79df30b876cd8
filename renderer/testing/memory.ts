/** Address spaces for tests. */
import fc from 'fast-check';
import type { Frame } from '#shared/frame/frame.ts';
import { keyTiles } from '#shared/frame/delta.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { FrameStore } from '../data/frame-store.ts';

export { vmaOf };

/** VMAs of all sizes, some beside each other, some in one tile, some far apart. */
export const vmasArbitrary: fc.Arbitrary<Vma[]> = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 30 })),
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6000 })),
      fc.boolean(),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => {
    const vmas: Vma[] = [];
    let at = 0x400;
    for (const [gap, pages, tracked] of parts) {
      vmas.push(vmaOf(at + gap, at + gap + pages, { tracked }));
      at += gap + pages;
    }
    return vmas;
  });

/** Runs of pages. */
type Runs = readonly (readonly [number, number])[];

/** A key frame of mode hold with these pages written and those present, and with events. */
export function frameOf(
  vmas: readonly Vma[],
  written: readonly number[],
  {
    sequence = 0,
    time = 1000,
    present = [] as Runs,
    touched = [] as Runs,
    hot = [] as Runs,
    gone = [] as Runs,
  } = {},
): Frame {
  const tiles = new TileSet();
  for (const [start, end] of present) tiles.setRun(Plane.Present, start, end);
  for (const [start, end] of touched) tiles.setRun(Plane.Touched, start, end);
  for (const [start, end] of hot) tiles.setRun(Plane.Hot, start, end);
  for (const [start, end] of gone) tiles.setRun(Plane.Gone, start, end);
  for (const page of written) tiles.setRun(Plane.Written, page, page + 1);
  return {
    kind: 'key',
    mode: 'hold',
    sequence,
    base: sequence,
    time,
    merged: 1,
    scanNs: 0,
    writtenPages: written.length,
    vmas,
    tiles: keyTiles(tiles),
  };
}

export function storeOf(...args: Parameters<typeof frameOf>): FrameStore {
  const store = new FrameStore();
  store.apply(frameOf(...args), 0);
  return store;
}
