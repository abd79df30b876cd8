import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameState } from '#shared/frame/apply.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { unmarkedPlanes } from '#shared/testing/unmarked-planes.ts';
import { FrameBuilder } from '../session/frames/frame-builder.ts';
import { decodeRecordedFrame, FrameEncoder, RecordedState } from './frame-codec.ts';

/** The last page of a 64-bit address space. */
const LAST_PAGE = 2 ** 52 - 1;

const place = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.constantFrom(0, 511, 512, 2 ** 32, LAST_PAGE - 600),
  fc.integer({ min: 2 ** 40, max: 2 ** 40 + 2000 }),
);
const run = fc.record({
  plane: fc.integer({ min: 0, max: PLANE_COUNT - 1 }),
  start: place,
  pages: fc.oneof(fc.constantFrom(1, 32, 512), fc.integer({ min: 1, max: 600 })),
});
const step = fc.record({
  interval: fc.boolean(),
  key: fc.boolean(),
  state: fc.boolean(),
  runs: fc.array(run, { maxLength: 12 }),
});

const planesOf = (tiles: TileSet) =>
  Array.from({ length: PLANE_COUNT }, (_, plane) => tiles.runs(plane as Plane));

describe('recorded frames', () => {
  it('add up to what the frames of the session add up to, with key frames anywhere', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const picture = new FrameBuilder(0);
        const expected = new FrameState();
        const encoder = new FrameEncoder();
        const state = new RecordedState();
        const vmas: never[] = [];
        steps.forEach(({ interval, key, state: whole, runs }, i) => {
          const tiles = new TileSet();
          for (const { plane, start, pages } of runs)
            tiles.setRun(plane as Plane, start, Math.min(start + pages, LAST_PAGE + 1));
          const mode = interval ? 'interval' : 'hold';
          const sample = { vmas, scanNs: i };
          const frame = picture.advance({ sample, tiles, mode, state: whole, time: i, whole: false });
          expect(expected.apply(frame)).toBe(true);
          const data = encoder.encode(frame, key || i === 0);
          const read = decodeRecordedFrame(data ?? new Uint8Array(0));
          state.apply(read);
          expect(planesOf(state.tiles)).toEqual(planesOf(expected.tiles));
          expect(unmarkedPlanes(state.tiles)).toEqual([]);
          expect(read).toMatchObject({ mode, sequence: i, scanNs: i, writtenPages: frame.writtenPages });
        });
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it('refuse what builds on nothing', () => {
    const picture = new FrameBuilder(0);
    const tiles = () => {
      const set = new TileSet();
      set.setRun(0, 1, 5);
      return set;
    };
    const next = () =>
      picture.advance({
        sample: { vmas: [], scanNs: 0 },
        tiles: tiles(),
        mode: 'hold',
        state: true,
        time: 0,
        whole: false,
      });
    const [first, second, third] = [next(), next(), next()];
    const encoder = new FrameEncoder();
    expect(encoder.encode(second, true)).toBeNull();
    expect(encoder.encode(first, true)).not.toBeNull();
    expect(encoder.encode(third, false)).toBeNull();
    const delta = encoder.encode(second, false);
    expect(() => new RecordedState().apply(decodeRecordedFrame(delta ?? new Uint8Array(0)))).toThrow(
      'builds on',
    );
  });
});
