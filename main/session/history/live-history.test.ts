import { describe, expect, it } from 'vitest';
import type { Frame } from '#shared/frame/frame.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { WriteRateMeter } from '../../recording/write-rates.ts';
import { LiveHistory } from './live-history.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';

const vmas = [vmaOf(1000, 3000, { kind: 'heap', name: '[heap]' })];

/** The second one is written in other frames. */
const hotIn = (i: number): number[] => [900 + (i % 4), 1200 + ((i + 1) % 3)];
const goneIn = (i: number): number[] => [600 + (i % 5)];

/** Frames of mode interval, 50 ms apart; frame i writes the pages of `pagesOf`. */
function makeFrames(mode: 'hold' | 'interval', pagesOf: (i: number) => Iterable<number>) {
  const picture = new FrameBuilder(0);
  return (i: number): Frame => {
    const tiles = new TileSet();
    for (const page of pagesOf(i)) tiles.setRun(Plane.Written, page, page + 1);
    for (const page of hotIn(i)) tiles.setRun(Plane.Hot, page, page + 1);
    for (const page of goneIn(i)) tiles.setRun(Plane.Gone, page, page + 1);
    return picture.advance({
      sample: { vmas, scanNs: 0 },
      tiles,
      mode,
      state: true,
      time: i * 50,
      whole: false,
    });
  };
}

const at = (frame: number): number => frame * 50_000_000;

describe('the last minutes of a live session', () => {
  it.each(['hold', 'interval'] as const)(
    'counts rates as the session did when it sampled, in mode %s',
    async (mode) => {
      const pagesOf = (i: number): number[] => [1000 + ((i * 7) % 50), 1200 + (i % 3), 2000 + (i >> 3)];
      const next = makeFrames(mode, pagesOf);
      const history = new LiveHistory();
      const meter = new WriteRateMeter();
      const tiles = new TileSet();
      expect(await history.rates(at(0))).toBeNull();
      for (let i = 0; i < 90; i++) {
        history.push(next(i));
        tiles.clear();
        for (const page of pagesOf(i)) tiles.setRun(Plane.Written, page, page + 1);
        meter.note(tiles, vmas, mode, i * 50);
        if (i % 11 === 10) expect(await history.rates(at(i))).toEqual(meter.rates(vmas));
      }
      // Any time in the past, too: 20 samples of 3 pages each, or what is new in them.
      const rates = await history.rates(at(60) + 3);
      expect(rates?.timeNs).toBe(at(60));
      if (mode === 'interval') expect(rates?.pages).toBe(60);
    },
  );

  it.each(['hold', 'interval'] as const)(
    'returns what was written in any part of them, in mode %s',
    async (mode) => {
      // In mode hold pages come and go, as clears do.
      const pagesOf = (i: number): number[] => [1000 + ((i * 7) % 50), 1200 + (i % 3), 2000 + (i >> 3)];
      const next = makeFrames(mode, pagesOf);
      const history = new LiveHistory();
      for (let i = 0; i < 90; i++) history.push(next(i));
      for (const [from, to] of [
        [0, 89],
        [5, 5],
        [19, 21],
        [33, 70],
      ]) {
        const { tiles, frames } = await history.written({ startNs: at(from), endNs: at(to) });
        const expected = new Set<number>();
        for (let i = from; i <= to; i++) for (const page of pagesOf(i)) expected.add(page);
        expect(frames).toBe(to - from + 1);
        expect(tiles.count(Plane.Written)).toBe(expected.size);
        for (const page of expected) expect(tiles.test(Plane.Written, page)).toBe(true);
        const hot = new Set<number>();
        const gone = new Set<number>();
        for (let i = from; i <= to; i++) {
          for (const page of hotIn(i)) if (!expected.has(page)) hot.add(page);
          for (const page of goneIn(i)) gone.add(page);
        }
        for (const [plane, pages] of [
          [Plane.Hot, hot],
          [Plane.Gone, gone],
        ] as const) {
          expect(tiles.count(plane)).toBe(pages.size);
          for (const page of pages) expect(tiles.test(plane, page)).toBe(true);
        }
      }
      // Between two frames: the previous one.
      const between = await history.written({ startNs: at(8) + 1, endNs: at(8) + 2 });
      expect(between.frames).toBe(1);
      expect(between.tiles.count(Plane.Written)).toBe(3);
      expect((await history.written({ startNs: 0, endNs: 0 })).frames).toBe(1);
    },
  );

  it('forgets the oldest within its bounds, and counts by kind', async () => {
    const next = makeFrames('interval', (i) => [1000 + (i % 100)]);
    const history = new LiveHistory();
    const FRAMES = 40_000;
    for (let i = 0; i < FRAMES; i++) history.push(next(i));
    const { available, frames, pages, max } = history.timeline({ startNs: 0, endNs: at(FRAMES) }, 1);
    expect(available.endNs).toBe(at(FRAMES - 1));
    expect(history.index.frames).toBeLessThanOrEqual(2 ** 15);
    expect(history.index.frames).toBeGreaterThan(2 ** 15 - 100);
    // Sums stay of those that are forgotten.
    expect(frames[0]).toBe(FRAMES);
    expect(pages[0]).toBeCloseTo(FRAMES, 3);
    expect(max[0]).toBe(1);
    const { tiles } = await history.written({ startNs: at(FRAMES - 10), endNs: at(FRAMES) });
    expect(tiles.count(Plane.Written)).toBe(10);
  });

  it('keeps within its memory limit, for any frames', () => {
    // Every other page of a gigabyte: a run each.
    const next = makeFrames('interval', function* (i) {
      for (let page = i % 2; page < 100_000; page += 2) yield 2000 + page;
    });
    const history = new LiveHistory();
    const frames = [next(0), next(1)];
    for (let i = 0; i < 600; i++)
      history.push({
        ...frames[i % 2],
        sequence: i,
        base: Math.max(0, i - 1),
        kind: i === 0 ? 'key' : 'delta',
        time: i * 50,
      });
    expect(history.index.frames).toBeGreaterThan(100);
    expect(history.index.frames).toBeLessThan(600);
    const { frames: counted } = history.timeline({ startNs: 0, endNs: at(600) }, 1);
    expect(counted[0]).toBe(600);
  });
});
