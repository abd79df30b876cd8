import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '#shared/frame/frame.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '#shared/memory/plane.ts';
import { popcount, setBits } from '#shared/memory/bitmap.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { vmaOf as vma } from '#shared/testing/vma.ts';
import { FrameStore } from './frame-store.ts';

/** A tile of a frame: for each named plane the pages set in it. */
interface TileSpec {
  readonly index: number;
  readonly planes: ReadonlyMap<number, readonly number[]>;
}

interface FrameSpec {
  readonly key: boolean;
  readonly interval: boolean;
  readonly tiles: readonly TileSpec[];
  readonly vmas: readonly Vma[] | null;
}

function frameOf(spec: FrameSpec, sequence: number, time: number): Frame {
  const masks: number[] = [];
  const words: number[] = [];
  for (const { planes } of spec.tiles) {
    let mask = 0;
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      const pages = planes.get(plane);
      if (!pages) continue;
      mask |= 1 << plane;
      const bits = new Uint32Array(WORDS_PER_TILE);
      for (const page of pages) setBits(bits, 0, page, page + 1);
      words.push(...bits);
    }
    masks.push(mask);
  }
  return {
    kind: spec.key ? 'key' : 'delta',
    mode: spec.interval ? 'interval' : 'hold',
    sequence,
    base: spec.key ? sequence : sequence - 1,
    time,
    merged: 1,
    scanNs: 0,
    writtenPages: 0,
    vmas: spec.vmas ?? (spec.key ? [] : null),
    tiles: {
      indexes: Float64Array.from(spec.tiles, ({ index }) => index),
      masks: Uint32Array.from(masks),
      words: Uint32Array.from(words),
    },
  };
}

/** Reference model: sets of pages a plane and a map of times, page by page. */
class ReferenceModel {
  planes = new Map<number, Set<number>>();
  times = new Map<number, number>();
  vmas: readonly Vma[] = [];

  apply(spec: FrameSpec, time: number): void {
    const before = this.own();
    const passing: readonly number[] = EVENT_PLANES;
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      const old = spec.key || (spec.interval && passing.includes(plane)) ? [] : [...this.set(plane)];
      const named = new Set(spec.tiles.filter((tile) => tile.planes.has(plane)).map(({ index }) => index));
      const kept = old.filter((page) => !named.has(Math.floor(page / PAGES_PER_TILE)));
      const fresh = spec.tiles.flatMap(({ index, planes }) =>
        (planes.get(plane) ?? []).map((page) => index * PAGES_PER_TILE + page),
      );
      this.planes.set(plane, new Set([...kept, ...fresh]));
    }
    for (const page of this.own()) {
      if (spec.interval || !before.has(page)) this.times.set(page, time);
    }
    const own = this.own();
    for (const page of this.set(Plane.Gone)) if (!own.has(page)) this.times.delete(page);
    if (spec.vmas || spec.key) {
      const after = spec.vmas ?? [];
      const holds = (vmas: readonly Vma[], page: number): boolean =>
        vmas.some(({ start, end }) => page >= start && page < end);
      for (const page of [...this.times.keys()]) {
        if (holds(this.vmas, page) && !holds(after, page)) this.times.delete(page);
      }
      this.vmas = after;
    }
  }

  set(plane: number): Set<number> {
    return this.planes.get(plane) ?? new Set();
  }

  own(): Set<number> {
    return new Set([...this.set(Plane.Written)].filter((page) => !this.set(Plane.Fresh).has(page)));
  }
}

const anyPages = fc.array(fc.oneof(fc.integer({ min: 0, max: 511 }), fc.constantFrom(0, 31, 32, 511)), {
  maxLength: 6,
});
const tile = fc.record({
  index: fc.integer({ min: 0, max: 5 }),
  planes: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: PLANE_COUNT - 1 }), anyPages), {
      selector: ([plane]) => plane,
      minLength: 1,
      maxLength: 3,
    })
    .map((entries) => new Map(entries)),
});
const vmaList = fc
  .uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 2, maxLength: 6 })
  .map((cuts) => cuts.sort((a, b) => a - b))
  .map((cuts) =>
    cuts.flatMap((start, i) => (i % 2 === 0 && i + 1 < cuts.length ? [vma(start, cuts[i + 1] ?? 0)] : [])),
  );
const frame = fc.record({
  key: fc.boolean(),
  tiles: fc.uniqueArray(tile, { selector: ({ index }) => index, maxLength: 4 }),
  vmas: fc.option(vmaList),
});

describe('the frame store', () => {
  it('agrees with a reference model after any sequence of frames', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(frame, { minLength: 1, maxLength: 8 }), (interval, specs) => {
        const store = new FrameStore();
        const model = new ReferenceModel();
        specs.forEach((some, i) => {
          const spec = { ...some, key: some.key || i === 0, interval };
          const time = (i + 1) * 50;
          expect(store.apply(frameOf(spec, i, time), 0)).toBe(true);
          model.apply(spec, time);
          for (let plane = 0; plane < PLANE_COUNT; plane++) {
            const seen = store.tiles
              .runs(plane as Plane)
              .flatMap(([start, end]) => Array.from({ length: end - start }, (_, k) => start + k));
            expect(seen).toEqual([...model.set(plane)].sort((a, b) => a - b));
          }
          const ages = new Map<number, number>();
          for (let page = 0; page < 6 * PAGES_PER_TILE; page++) {
            const age = store.ageOf(page, 1000);
            if (age !== null) ages.set(page, 1000 - age);
          }
          // In mode hold it is not known when a page was last written.
          const known = interval ? [...model.times].sort(([x], [y]) => x - y) : [];
          expect(ages).toEqual(new Map(known));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('notifies its listeners of every tile whose picture changed', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(frame, { minLength: 2, maxLength: 6 }), (interval, specs) => {
        const store = new FrameStore();
        let notified = new Set<number>();
        store.listen({
          applied: (slots) => (notified = new Set(slots.map((slot) => store.table.tiles[slot] ?? -1))),
          reset: () => undefined,
        });
        specs.forEach((some, i) => {
          const before = snapshot(store);
          store.apply(frameOf({ ...some, key: some.key || i === 0, interval }, i, (i + 1) * 50), 0);
          const after = snapshot(store);
          for (let index = 0; index < 6; index++) {
            if (before[index] !== after[index]) expect(notified).toContain(index);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a delta to a state that it does not have, and changes nothing', () => {
    const store = new FrameStore();
    const spec = {
      interval: false,
      tiles: [{ index: 1, planes: new Map([[Plane.Written, [3]]]) }],
      vmas: [vma(0, 4096)],
    };
    expect(store.apply(frameOf({ ...spec, key: true }, 4, 10), 0)).toBe(true);
    expect(store.apply(frameOf({ ...spec, key: false, tiles: [] }, 9, 20), 0)).toBe(false);
    expect(store.sequence).toBe(4);
    expect(store.tiles.runs(Plane.Written)).toEqual([[515, 516]]);
  });

  it('starts over with a key frame from the beginning of another session', () => {
    const store = new FrameStore();
    const spec = { interval: false, vmas: [vma(0, 4096)], key: true };
    store.apply(
      frameOf({ ...spec, tiles: [{ index: 1, planes: new Map([[Plane.Written, [3]]]) }] }, 9, 5000),
      0,
    );
    store.apply(frameOf({ ...spec, tiles: [] }, 10, 40), 0);
    expect(store.ageOf(515, 40)).toBeNull();
  });

  it('counts time from the delivery that took the least time, not from when a frame was painted', () => {
    const store = new FrameStore();
    const spec = { key: false, interval: true, tiles: [], vmas: null };
    store.apply(frameOf({ ...spec, key: true }, 0, 100), 1120);
    store.apply(frameOf(spec, 1, 200), 1205);
    store.apply(frameOf(spec, 2, 300), 1900);
    expect(store.now(1900)).toBe(895);
  });

  it('knows no age that another mode knew', () => {
    const store = new FrameStore();
    const tiles = [{ index: 1, planes: new Map([[Plane.Written, [3]]]) }];
    const spec = { key: true, interval: true, tiles, vmas: [vma(0, 4096)] };
    store.apply(frameOf(spec, 0, 100), 0);
    expect(store.ageOf(515, 150)).toBe(50);
    store.apply(frameOf({ ...spec, interval: false }, 1, 200), 0);
    expect(store.ageOf(515, 250)).toBeNull();
    // Drawn as just written, at any time.
    expect(store.mapTime(99_999)).toBe(0);
    expect(store.table.times(store.table.find(1))?.[3]).toBeGreaterThan(0);
    store.apply(frameOf({ ...spec, tiles: [] }, 2, 300), 0);
    expect(store.ageOf(515, 350)).toBeNull();
  });

  it('does not age while it is frozen', () => {
    const store = new FrameStore();
    store.apply(frameOf({ key: true, interval: false, tiles: [], vmas: [] }, 0, 100), 1000);
    expect(store.now(1250)).toBe(350);
    store.frozen = true;
    expect(store.now(9999)).toBe(100);
  });
});

/** For each tile its planes and times as text. */
function snapshot(store: FrameStore): string[] {
  return Array.from({ length: 6 }, (_tile, index) => {
    const slot = store.tiles.find(index);
    const words = Array.from({ length: slot < 0 ? 0 : PLANE_COUNT }, (_, plane) => {
      const at = store.tiles.offset(slot, plane as Plane);
      return [...store.tiles.words.subarray(at, at + WORDS_PER_TILE)];
    }).flat();
    const times = store.table.times(store.table.find(index));
    return `${words.some((word) => popcount(word) > 0) ? words.join() : ''} ${times?.some(Boolean) ? times.join() : ''}`;
  });
}

describe('a recording that is wound back', () => {
  const spec = (pages: readonly number[]): FrameSpec => ({
    key: true,
    interval: true,
    tiles: [{ index: 0, planes: new Map([[Plane.Written, pages]]) }],
    vmas: [vma(0, 512)],
  });
  const play = (store: FrameStore, pages: readonly number[], sequence: number, time: number): void =>
    void store.apply(frameOf(spec(pages), sequence, time), 0);

  it('keeps the picture’s tiles and forgets what was seen later', () => {
    const store = new FrameStore();
    let resets = 0;
    store.listen({ applied: () => undefined, reset: () => void resets++ });
    store.recorded = store.rewinds = true;
    play(store, [1], 0, 100);
    play(store, [1, 2], 1, 200);
    play(store, [3], 2, 300);
    play(store, [1, 2], 1, 200);
    expect(resets).toBe(0);
    expect([1, 2, 3].map((page) => store.ageOf(page, 200))).toEqual([0, 0, null]);
    expect(store.lastWrite).toBe(200);
  });

  it('is another session if it is not a recording', () => {
    const store = new FrameStore();
    play(store, [1], 0, 100);
    play(store, [2], 0, 50);
    expect(store.ageOf(1, 50)).toBeNull();
    expect(store.lastWrite).toBe(50);
    store.reset();
    expect(store.lastWrite).toBe(-Infinity);
  });

  it('ages at the speed of the playback', () => {
    const store = new FrameStore();
    store.recorded = store.rewinds = true;
    store.rate = 10;
    play(store, [1], 0, 100);
    expect(store.now(20)).toBe(300);
  });
});
