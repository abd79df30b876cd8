import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalState, type WriteHistoryReply } from '#shared/contract/write-history.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { LiveHistory } from './live-history.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';

const vmas: readonly Vma[] = [
  {
    start: 0,
    end: 4096,
    read: true,
    write: true,
    exec: false,
    kind: 'heap',
    name: '[heap]',
    pgoff: 0,
    softDirty: false,
    flags: '',
    tracked: true,
  },
];

interface Written {
  readonly mode: SampleMode;
  readonly time: number;
  /** In mode hold: all that count as written. */
  readonly pages: readonly number[];
  readonly fresh?: readonly number[];
}

function framesOf(samples: readonly Written[]): Frame[] {
  const picture = new FrameBuilder(0);
  return samples.map(({ mode, time, pages, fresh = [] }) => {
    const tiles = new TileSet();
    for (const page of pages) tiles.setRun(Plane.Written, page, page + 1);
    for (const page of fresh) tiles.setRun(Plane.Fresh, page, page + 1);
    return picture.advance({ sample: { vmas, scanNs: 0 }, tiles, mode, state: true, time, whole: false });
  });
}

/** Pages that each sample shows as newly written, by their own entry. */
function newIn(samples: readonly Written[]): Set<number>[] {
  let before = new Set<number>();
  return samples.map(({ mode, pages, fresh = [] }) => {
    const own = new Set(pages.filter((page) => !fresh.includes(page)));
    const result = mode === 'hold' ? new Set([...own].filter((page) => !before.has(page))) : own;
    before = own;
    return result;
  });
}

const ms = 1e6;
const PAGES_A_BUCKET = 100;
const BUCKETS = Float64Array.from({ length: 2 * 40 }, (_, i) => ((i >> 1) + (i & 1)) * PAGES_A_BUCKET);

async function readAll(
  history: LiveHistory,
  range: { startNs: number; endNs: number } | null,
  intervals: number,
): Promise<WriteHistoryReply> {
  for (;;) {
    const reply = await history.writes({ range, intervals, buckets: BUCKETS });
    if (reply.complete) return reply;
  }
}

/** Cells of interval `i`: bucket → pages. */
const cellsOf = ({ offsets, cells, counts }: WriteHistoryReply, i: number): Map<number, number> =>
  new Map(
    Array.from(cells.subarray(offsets[i], offsets[i + 1]), (cell, n) => [cell, counts[offsets[i] + n]]),
  );

function byBucket(pages: Iterable<number>): Map<number, number> {
  const result = new Map<number, number>();
  for (const page of [...pages].sort((a, b) => a - b)) {
    const bucket = Math.floor(page / PAGES_A_BUCKET);
    result.set(bucket, (result.get(bucket) ?? 0) + 1);
  }
  return result;
}

/** Compares every interval of a reply with the samples that end in it. */
function check(reply: WriteHistoryReply, samples: readonly Written[], from = 0): void {
  const writes = newIn(samples);
  let next = from;
  for (let i = 0; i < reply.ends.length; i++) {
    const pages = new Set<number>();
    const first = next;
    while (next < samples.length && samples[next].time * ms <= reply.ends[i] + 0.5)
      for (const page of writes[next++]) pages.add(page);
    expect(reply.states[i]).toBe(IntervalState.Read);
    expect(reply.frames[i]).toBe(next - first);
    expect(reply.written[i]).toBe(pages.size);
    expect(cellsOf(reply, i)).toEqual(byBucket(pages));
  }
  expect(next).toBe(samples.length);
}

const pagesArbitrary = fc.uniqueArray(fc.nat({ max: 3999 }), { maxLength: 20 });
const samplesArbitrary = fc
  .array(
    fc.record({
      interval: fc.boolean(),
      pages: pagesArbitrary,
      fresh: fc.uniqueArray(fc.nat({ max: 3999 }), { maxLength: 3 }),
      distance: fc.integer({ min: 1, max: 200 }),
    }),
    { minLength: 1, maxLength: 90 },
  )
  .map((drawn) => {
    let time = 0;
    // Modes rarely change in practice.
    return drawn.map(({ interval, pages, fresh, distance }, i): Written => {
      time += distance;
      const mode = drawn[Math.floor(i / 30) * 30]?.interval === interval || i % 30 > 0 ? 'interval' : 'hold';
      const held = drawn[Math.floor(i / 30) * 30]?.interval ? mode : 'hold';
      return { mode: held, time, pages: [...new Set([...pages, ...fresh])], fresh };
    });
  });

describe('what a session wrote when and where', () => {
  it('is what its samples showed, in both modes, however finely it is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(samplesArbitrary, fc.constantFrom(1, 3, 17, 300, 2048), async (samples, intervals) => {
        const history = new LiveHistory();
        const frames = framesOf(samples);
        // Asked for also on the way, so that what is kept must still be right later.
        for (const [i, frame] of frames.entries()) {
          history.push(frame);
          if (i % 13 === 5) check(await readAll(history, null, intervals), samples.slice(0, i + 1));
        }
        check(await readAll(history, null, intervals), samples);
      }),
      { numRuns: 60 },
    );
  });

  it('covers the time between frames, and no time without samples', async () => {
    const times = [50, 100, 150, 200, 250, 2250, 2300, 2350];
    const history = new LiveHistory();
    for (const frame of framesOf(times.map((time) => ({ mode: 'interval', time, pages: [time] }))))
      history.push(frame);
    const { starts, ends, written } = await readAll(history, null, 2048);
    expect([...starts].map((start) => start / ms)).toEqual([0, 50, 100, 150, 200, 2200, 2250, 2300]);
    expect([...ends].map((end) => end / ms)).toEqual(times);
    expect([...written]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('is read for a part of the time, with the frame that began in it', async () => {
    const samples = Array.from({ length: 100 }, (_, i) => ({
      mode: 'interval' as const,
      time: 50 * (i + 1),
      pages: [i, 200 + i],
    }));
    const history = new LiveHistory();
    for (const frame of framesOf(samples)) history.push(frame);
    const reply = await readAll(history, { startNs: 1010 * ms, endNs: 1220 * ms }, 1000);
    expect([...reply.ends].map((end) => end / ms)).toEqual([1050, 1100, 1150, 1200, 1250]);
    expect(reply.available).toEqual({ startNs: 0, endNs: 5000 * ms });
    expect(cellsOf(reply, 0)).toEqual(
      new Map([
        [0, 1],
        [2, 1],
      ]),
    );
  });

  it('is known from its beginning when the frames themselves are kept no longer', async () => {
    const samples = Array.from({ length: 4000 }, (_, i): Written => {
      const pages = [i % 1000, 1000 + ((i * 37) % 3000), 1500];
      return { mode: i < 2000 ? 'interval' : 'hold', time: 50 * (i + 1), pages };
    });
    const history = new LiveHistory(30_000);
    for (const frame of framesOf(samples)) history.push(frame);
    expect(history.index.dropped).toBeGreaterThan(1500);
    const reply = await readAll(history, null, 50);
    expect(reply.available).toEqual({ startNs: 0, endNs: 200_000 * ms });
    const writes = newIn(samples);
    let frames = 0;
    for (let i = 0; i < reply.ends.length; i++) {
      // The borders of sums are between segments: each interval has its own bounds.
      const inside = samples.map(({ time }, n) =>
        time * ms > reply.starts[i] + 1 && time * ms <= reply.ends[i] + 1 ? n : -1,
      );
      const numbers = inside.filter((n) => n >= 0);
      const pages = new Set(numbers.flatMap((n) => [...writes[n]]));
      expect(reply.frames[i]).toBe(numbers.length);
      expect(cellsOf(reply, i)).toEqual(byBucket(pages));
      frames += numbers.length;
    }
    expect(frames).toBe(4000);
    const { frames: counted, available } = history.timeline({ startNs: 0, endNs: 200_000 * ms }, 100);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(4000);
    expect(available.startNs).toBe(0);
    expect(Math.min(...counted)).toBeGreaterThan(35);
  });
});
