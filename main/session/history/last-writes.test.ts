import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '#shared/frame/codec.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { mergeFrames } from '#shared/frame/merge.ts';
import { type FrameStamps, stampOf } from '#shared/frame/stamps.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { LiveHistory } from './live-history.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';

interface Written {
  readonly time: number;
  readonly pages: readonly number[];
  readonly gone?: readonly number[];
}

function framesOf(samples: readonly Written[], mode: SampleMode = 'interval'): Frame[] {
  const picture = new FrameBuilder(0);
  return samples.map(({ time, pages, gone = [] }) => {
    const tiles = new TileSet();
    for (const page of pages) tiles.setRun(Plane.Written, page, page + 1);
    for (const page of gone) tiles.setRun(Plane.Gone, page, page + 1);
    return picture.advance({ sample: { vmas: [], scanNs: 0 }, tiles, mode, state: true, time, whole: false });
  });
}

function historyOf(frames: readonly Frame[]): LiveHistory {
  const history = new LiveHistory();
  for (const frame of frames) history.push(frame);
  return history;
}

/** Page → time of its last write, in ms. */
function timesOf(stamps: FrameStamps): Map<number, number> {
  const times = new Map<number, number>();
  stamps.indexes.forEach((tile, position) => {
    for (let page = 0; page < PAGES_PER_TILE; page++) {
      const time = stampOf(stamps, position, page);
      if (time !== null) times.set(tile * PAGES_PER_TILE + page, time);
    }
  });
  return times;
}

const byPage = (times: Map<number, number>): [number, number][] => [...times].sort(([a], [b]) => a - b);

/** The reference model: goes through the samples one by one. */
function model(samples: readonly Written[], until: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const { time, pages, gone = [] } of samples) {
    if (time > until || time < until - 60_000) continue;
    for (const page of gone) times.delete(page);
    for (const page of pages) times.set(page, time);
  }
  return times;
}

const pages = fc.uniqueArray(fc.nat({ max: 1500 }), { maxLength: 12 });
const samplesArbitrary = fc
  .array(fc.record({ pages, gone: pages, distance: fc.integer({ min: 1, max: 3000 }) }), {
    minLength: 1,
    maxLength: 80,
  })
  .map((drawn) => {
    let time = 0;
    return drawn.map(({ distance, ...sample }): Written => ({ ...sample, time: (time += distance) }));
  });

describe('when pages were last written up to a frame of the past', () => {
  it('agrees with the samples of the minute before', async () => {
    await fc.assert(
      fc.asyncProperty(samplesArbitrary, fc.nat(), async (samples, seed) => {
        const history = historyOf(framesOf(samples));
        const until = samples[seed % samples.length].time;
        const stamps = await history.lastWrites(until * 1e6);
        expect(stamps && byPage(timesOf(stamps))).toEqual(byPage(model(samples, until)));
      }),
      { numRuns: 100 },
    );
  });

  it('comes with the frame over the port, and stays if later ones are merged into it', async () => {
    const samples = Array.from({ length: 90 }, (_, i) => ({
      time: 50 * (i + 1),
      pages: [i, 700, 900 + (i % 7)],
    }));
    const frames = framesOf(samples);
    const history = historyOf(frames);
    const picture = decodeFrame(encodeFrame(await history.keyFrame(50)));
    expect(picture).toMatchObject({ kind: 'key', time: 2550, sequence: 50 });
    expect(picture.earlier && byPage(timesOf(picture.earlier))).toEqual(byPage(model(samples, 2550)));
    const merged = mergeFrames(picture, { ...frames[51] });
    expect(merged?.earlier).toBe(picture.earlier);
  });

  it('is not known in mode hold, in which only the first write since a clear is seen', async () => {
    const samples = Array.from({ length: 30 }, (_, i) => ({ time: 50 * (i + 1), pages: [i] }));
    const history = historyOf(framesOf(samples, 'hold'));
    expect(await history.lastWrites(1000 * 1e6)).toBeNull();
    expect((await history.keyFrame(20)).earlier).toBeUndefined();
  });
});
