/** A window with merged frames shows the same as one that gets every sample. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '#shared/frame/codec.ts';
import { advanceTiles, ALL_PLANES, keyTiles } from '#shared/frame/delta.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { mergeFrames } from '#shared/frame/merge.ts';
import { MAX_STAMP_TIMES } from '#shared/frame/stamps.ts';
import { lostRanges } from '#shared/memory/lost-ranges.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { FrameStore } from './frame-store.ts';

const PAGES = 1100;
const vma = (start: number, end: number): Vma => ({
  ...{ start, end, read: true, write: true, exec: false, kind: 'anon-private', name: '', pgoff: 0 },
  ...{ softDirty: false, flags: '', tracked: true },
});

/** One sample: the pages of each plane of events, and the memory map, null if it did not change. */
interface Sampled {
  readonly written: readonly number[];
  readonly fresh: readonly number[];
  readonly gone: readonly number[];
  readonly vmas: readonly Vma[] | null;
  /** The window is ready for a frame after it. */
  readonly taken: boolean;
}

/** Frames as a session makes them of samples in mode interval; a page outside of every mapping is in none. */
class Frames {
  private readonly state = new TileSet();
  private vmas: readonly Vma[] = [];
  private sequence = 0;

  next({ written, fresh, gone, vmas }: Sampled, time: number): Frame {
    const lost = vmas === null ? [] : lostRanges(this.vmas, vmas);
    this.vmas = vmas ?? this.vmas;
    const tiles = new TileSet();
    const set = (plane: Plane, pages: readonly number[]): void => {
      for (const page of pages)
        if (this.vmas.some(({ start, end }) => page >= start && page < end))
          tiles.setRun(plane, page, page + 1);
    };
    set(Plane.Written, [...written, ...fresh]);
    set(Plane.Fresh, fresh);
    set(Plane.Gone, gone);
    const delta = advanceTiles(this.state, tiles, ALL_PLANES, 'interval');
    const sequence = this.sequence++;
    const key = sequence === 0;
    return {
      ...{ kind: key ? 'key' : 'delta', mode: 'interval', sequence, base: key ? 0 : sequence - 1, time },
      ...{ merged: 1, scanNs: 0, writtenPages: tiles.count(Plane.Written) },
      vmas: key ? this.vmas : vmas,
      tiles: key ? keyTiles(this.state) : delta,
      ...(lost.length > 0 && {
        stamps: {
          times: Float64Array.of(time),
          indexes: new Float64Array(0),
          words: new Uint32Array(0),
          lost: Float64Array.from(lost.flatMap(({ start, end }) => [start, end])),
        },
      }),
    };
  }
}

const wire = (frame: Frame): Frame => decodeFrame(encodeFrame(frame));
const ages = (store: FrameStore): (number | null)[] =>
  Array.from({ length: PAGES }, (_, page) => store.ageOf(page, store.time));

const few = fc.array(fc.oneof(fc.integer({ min: 0, max: PAGES - 1 }), fc.constantFrom(5, 40, 600)), {
  maxLength: 8,
});
const map = fc
  .uniqueArray(fc.integer({ min: 0, max: PAGES }), { minLength: 2, maxLength: 6 })
  .map((cuts) => cuts.sort((a, b) => a - b))
  .map((cuts) =>
    cuts.flatMap((start, i) => (i % 2 === 0 && i + 1 < cuts.length ? [vma(start, cuts[i + 1] ?? 0)] : [])),
  );
const sampled = fc.record({
  written: few,
  fresh: few,
  gone: few,
  vmas: fc.option(map, { nil: null, freq: 3 }),
  taken: fc.boolean(),
});

describe('frames that were merged', () => {
  it('leave every page with the time of the last sample in which it was written', () => {
    fc.assert(
      fc.property(fc.array(sampled, { minLength: 2, maxLength: 14 }), (samples) => {
        const [each, merged, frames] = [new FrameStore(), new FrameStore(), new Frames()];
        let pending: Frame | null = null;
        samples.forEach((sample, i) => {
          const time = 100 + i * 50;
          const frame = frames.next(i === 0 ? { ...sample, vmas: [vma(0, PAGES)] } : sample, time);
          expect(each.apply(wire(frame), time)).toBe(true);
          pending = pending === null ? frame : mergeFrames(pending, frame);
          if (!sample.taken && i < samples.length - 1) return;
          expect(pending !== null && merged.apply(wire(pending), time)).toBe(true);
          pending = null;
          expect(ages(merged)).toEqual(ages(each));
        });
      }),
      { seed: 1010, numRuns: 300 },
    );
  });

  it('are merged in any grouping, as a window that lost a frame needs it', () => {
    fc.assert(
      fc.property(fc.array(sampled, { minLength: 4, maxLength: 9 }), fc.nat(), (samples, cut) => {
        const frames = new Frames();
        const all = samples.map((sample, i) =>
          frames.next(i === 0 ? { ...sample, vmas: [vma(0, PAGES)] } : sample, 100 + i * 50),
        );
        const at = 1 + (cut % (all.length - 1));
        const join = (some: readonly Frame[]): Frame =>
          some.reduce((a, b) => {
            const merged = mergeFrames(a, b);
            if (merged === null) throw new Error('they do not fit');
            return merged;
          });
        const [one, two] = [new FrameStore(), new FrameStore()];
        one.apply(wire(join(all)), 0);
        two.apply(wire(join([join(all.slice(0, at)), join(all.slice(at))])), 0);
        expect(ages(two)).toEqual(ages(one));
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it('have an exact time for each page: 1 s, 0.5 s and 0 s ago', () => {
    const frames = new Frames();
    const store = new FrameStore();
    const none = { written: [], fresh: [], gone: [], vmas: null, taken: true };
    store.apply(wire(frames.next({ ...none, written: [9], vmas: [vma(0, PAGES)] }, 1000)), 0);
    const parts = [
      frames.next({ ...none, written: [1, 2, 3, 700] }, 2000),
      frames.next({ ...none, written: [2, 3, 4], gone: [700] }, 2500),
      frames.next({ ...none, written: [3] }, 3000),
    ];
    const [a, b, c] = parts;
    const merged = a && b && c && mergeFrames(mergeFrames(a, b) ?? a, c);
    expect(merged && store.apply(wire(merged), 0)).toBe(true);
    expect([9, 1, 2, 3, 4, 700, 5].map((page) => store.ageOf(page, store.time))).toEqual([
      ...[2000, 1000, 500, 0, 500],
      // Given back, and never written.
      ...[null, null],
    ]);
  });

  it('stay within a bound for a window that never paints, and keep the last minutes exact', () => {
    const frames = new Frames();
    const none = { written: [], fresh: [], gone: [], vmas: null, taken: true };
    const store = new FrameStore();
    store.apply(wire(frames.next({ ...none, vmas: [vma(0, PAGES)] }, 0)), 0);
    const samples = MAX_STAMP_TIMES + 1500;
    let pending: Frame | null = null;
    for (let i = 0; i < samples; i++) {
      const frame = frames.next({ ...none, written: [i % PAGES] }, (i + 1) * 50);
      pending = pending === null ? frame : mergeFrames(pending, frame);
    }
    if (pending === null) throw new Error('nothing merged');
    expect((pending as Frame).stamps?.times.length).toBeLessThanOrEqual(MAX_STAMP_TIMES);
    store.apply(wire(pending), 0);
    for (let ago = 0; ago < PAGES; ago++) {
      const page = (samples - 1 - ago) % PAGES;
      expect(store.ageOf(page, store.time)).toBe(ago * 50);
    }
  });
});
