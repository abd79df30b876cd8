/** Encoding, deltas, keys, merges and their application: what arrives is what was sampled. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '../contract/errors.ts';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '../memory/plane.ts';
import { WORDS_PER_TILE } from '../memory/page.ts';
import { TileSet } from '../memory/tile-set.ts';
import { TRACKINGS, trackingOf, VMA_KINDS, type Vma } from '../memory/vma.ts';
import { unmarkedPlanes } from '../testing/unmarked-planes.ts';
import { vmaOf } from '../testing/vma.ts';
import { SAMPLE_MODES } from '../source/source.ts';
import { countPlane, FrameState } from './apply.ts';
import { decodeFrame, encodeFrame } from './codec.ts';
import {
  advanceTiles,
  ALL_PLANES,
  countEmptyTiles,
  keyTiles,
  joinWrites,
  withoutEmptyTiles,
  WRITE_PLANES,
} from './delta.ts';
import type { Frame } from './frame.ts';
import { mergeFrames } from './merge.ts';
import { type FrameStamps, stampWords } from './stamps.ts';

const text = fc.oneof(
  fc.constantFrom('', '[heap]', '/usr/lib/libc.so.6', 'rd wr mr'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const vma = fc.record({
  gap: fc.nat(2 ** 20),
  pages: fc.integer({ min: 1, max: 2 ** 28 }),
  read: fc.boolean(),
  write: fc.boolean(),
  exec: fc.boolean(),
  kind: fc.constantFrom(...VMA_KINDS),
  name: text,
  pgoff: fc.nat(),
  softDirty: fc.boolean(),
  flags: text,
  tracking: fc.constantFrom(...TRACKINGS),
  why: fc.option(text, { nil: undefined }),
});

const vmasArbitrary: fc.Arbitrary<Vma[]> = fc.array(vma, { maxLength: 6 }).map((list) => {
  let at = 0;
  return list.map(({ gap, pages, tracking, why, ...rest }) => {
    const start = at + gap;
    at = start + pages;
    const place = { ...rest, start, end: at };
    if (tracking === 'untracked') {
      return { ...place, tracked: false, ...(why === undefined ? {} : { untracked: why }) };
    }
    const how = tracking === 'exact' ? {} : { tracking, ...(why === undefined ? {} : { reason: why }) };
    return { ...place, tracked: true, ...how };
  });
});

/** Runs of pages in few tiles, so that they meet each other. */
const run = fc.record({
  plane: fc.nat(PLANE_COUNT - 1),
  start: fc.oneof(
    fc.nat(4 * 512),
    fc.nat(512).map((page) => 2 ** 35 + page),
  ),
  pages: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1500 })),
});

const tileSetArbitrary: fc.Arbitrary<TileSet> = fc.array(run, { maxLength: 8 }).map((runs) => {
  const tiles = new TileSet();
  for (const { plane, start, pages } of runs) {
    tiles.setRun(plane as Plane, start, start + pages);
    // What is fresh is written too.
    if (plane === Plane.Fresh) tiles.setRun(Plane.Written, start, start + pages);
  }
  excludeKnown(tiles);
  return tiles;
});

/** As sources give them: what is known to be written is not touched, and neither is hot. */
function excludeKnown(tiles: TileSet): void {
  for (let slot = 0; slot < tiles.size; slot++) {
    const [written, , touched, hot] = EVENT_PLANES.map((plane) => tiles.offset(slot, plane));
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      tiles.words[touched + w] &= ~tiles.words[written + w];
      tiles.words[hot + w] &= ~(tiles.words[written + w] | tiles.words[touched + w]);
    }
  }
}

const stampsArbitrary: fc.Arbitrary<FrameStamps> = fc
  .record({
    times: fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 9 }),
    tiles: fc.uniqueArray(fc.nat(5000), { maxLength: 4 }),
    lost: fc.uniqueArray(fc.nat(5000), { maxLength: 7 }),
    word: fc.nat(0xffffffff),
  })
  .map(({ times, tiles, lost, word }) => ({
    times: Float64Array.from(times),
    indexes: Float64Array.from(tiles),
    words: new Uint32Array(tiles.length * stampWords(times.length)).fill(word),
    lost: Float64Array.from(lost.sort((a, b) => a - b).slice(0, lost.length & ~1)),
  }));

const frameArbitrary: fc.Arbitrary<Frame> = fc
  .record({
    kind: fc.constantFrom('key' as const, 'delta' as const),
    mode: fc.constantFrom(...SAMPLE_MODES),
    sequence: fc.integer({ min: 10, max: 2 ** 40 }),
    merged: fc.integer({ min: 1, max: 10 }),
    time: fc.double({ min: 0, max: 1e12, noNaN: true }),
    scanNs: fc.nat(),
    writtenPages: fc.nat(),
    vmas: vmasArbitrary,
    changed: fc.boolean(),
    tiles: tileSetArbitrary.map((tiles) => keyTiles(tiles)),
    stamps: fc.option(stampsArbitrary, { nil: undefined }),
  })
  .map(({ changed, stamps, ...frame }) => ({
    ...frame,
    ...(stamps && { stamps }),
    base: frame.kind === 'key' ? frame.sequence : frame.sequence - frame.merged,
    vmas: frame.kind === 'key' || changed ? frame.vmas : null,
  }));

/** The contents of a set, for any order of tiles: page runs a plane. */
function contents(tiles: TileSet): [number, number][][] {
  return Array.from({ length: PLANE_COUNT }, (_, plane) => tiles.runs(plane as Plane));
}

const property = { seed: 20221, numRuns: 300 };

const heap = vmaOf(16, 528, {
  kind: 'heap',
  name: '[heap]',
  softDirty: true,
  flags: 'rd wr mr mw me ac sd',
});

function example(): Frame {
  const tiles = new TileSet();
  tiles.setRun(Plane.Written, 20, 30);
  tiles.setRun(Plane.Present, 16, 528);
  return {
    kind: 'key',
    mode: 'hold',
    sequence: 7,
    base: 7,
    time: 350.25,
    merged: 2,
    scanNs: 12000,
    writtenPages: 10,
    vmas: [heap, { ...heap, start: 600, end: 601, kind: 'special', tracked: false, untracked: 'the vDSO' }],
    tiles: keyTiles(tiles),
  };
}

/** Decodes, and fails where anything but a frame or a damaged-file error comes out. */
function decodeOrDamaged(buffer: ArrayBuffer): Frame | null {
  try {
    return decodeFrame(buffer);
  } catch (cause) {
    if (!(cause instanceof InspectorError)) throw cause;
    expect(cause.kind).toBe('damaged-file');
    expect(cause.message).toMatch(/^damaged frame: ./);
    return null;
  }
}

describe('frame codec', () => {
  it('returns every frame unchanged', () => {
    fc.assert(
      fc.property(frameArbitrary, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
      property,
    );
  });

  it('keeps one string for names that repeat', () => {
    const frame = example();
    const many = {
      ...frame,
      vmas: Array.from({ length: 1000 }, (_, i) => ({ ...heap, start: i, end: i + 1 })),
    };
    expect(encodeFrame(many).byteLength - encodeFrame({ ...frame, vmas: [] }).byteLength).toBeLessThan(
      41_000,
    );
  });

  it('decodes tiles as views of the buffer', () => {
    const buffer = encodeFrame(example());
    expect(decodeFrame(buffer).tiles.words.buffer).toBe(buffer);
  });

  it('refuses a frame cut at any byte', () => {
    const buffer = encodeFrame(example());
    for (let length = 0; length < buffer.byteLength; length++) {
      expect(decodeOrDamaged(buffer.slice(0, length)), `cut at ${length}`).toBeNull();
    }
  });

  it('refuses a frame with something behind it', () => {
    const bytes = new Uint8Array(encodeFrame(example()));
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(decodeOrDamaged(longer.buffer)).toBeNull();
  });

  it('answers garbage with an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeOrDamaged(bytes.slice().buffer)).toBeNull();
      }),
      property,
    );
  });

  it('answers any change of bytes with an error or with a frame that can be encoded again', () => {
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(frameArbitrary, fc.array(change, { minLength: 1, maxLength: 4 }), (frame, changes) => {
        const bytes = new Uint8Array(encodeFrame(frame));
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        const decoded = decodeOrDamaged(bytes.buffer);
        if (decoded) expect(decodeFrame(encodeFrame(decoded))).toEqual(decoded);
      }),
      { ...property, numRuns: 1000 },
    );
  });

  it.each([52, 56, 60, 64, 68, 72, 76, 80])(
    'rejects a wrong count at byte %i, and allocates nothing for it',
    (at) => {
      for (const value of [0xffffffff, 0xfffffffe, 0x80000000, 0x7fffffff, 1000]) {
        const buffer = encodeFrame(example());
        new DataView(buffer).setUint32(at, value, true);
        expect(decodeOrDamaged(buffer)).toBeNull();
      }
    },
  );

  it('refuses wrong counts with a correct sum', () => {
    // One tile less and three words more: as many bytes, other sections.
    const buffer = encodeFrame(example());
    const view = new DataView(buffer);
    view.setUint32(52, view.getUint32(52, true) - 1, true);
    view.setUint32(56, view.getUint32(56, true) + 3, true);
    expect(decodeOrDamaged(buffer)).toBeNull();
  });

  it('refuses another version by its number', () => {
    const buffer = encodeFrame(example());
    new DataView(buffer).setUint16(4, 9, true);
    expect(() => decodeFrame(buffer)).toThrow('damaged frame: version 9, this program reads 3');
  });
});

const event = fc.record({
  sample: tileSetArbitrary,
  vmas: fc.option(vmasArbitrary, { nil: null }),
  /** Whether the sample is a key frame, and whether the window takes frames after it. */
  key: fc.boolean(),
  taken: fc.boolean(),
});

describe('how a VMA is tracked', () => {
  it('is exact, or not tracked, by default', () => {
    expect(trackingOf({ tracked: true })).toEqual({ tracking: 'exact', reason: '' });
    expect(trackingOf({ tracked: false, untracked: 'the vDSO' })).toEqual({
      tracking: 'untracked',
      reason: 'the vDSO',
    });
    expect(trackingOf({ tracked: true, tracking: 'pinned', reason: 'io_uring' })).toEqual({
      tracking: 'pinned',
      reason: 'io_uring',
    });
  });
});

describe('a stream of frames', () => {
  it.each(SAMPLE_MODES)('leaves the window with the state that was sampled, mode %s', (mode) => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (history) => {
        const state = new TileSet();
        const window = new FrameState();
        let since: TileSet[] = [];
        let vmas: readonly Vma[] = [];
        let pending: Frame | null = null;
        history.forEach(({ sample, vmas: changed, key, taken }, sequence) => {
          vmas = changed ?? vmas;
          const delta = advanceTiles(state, sample, ALL_PLANES, mode);
          const kind = key || sequence === 0 ? 'key' : 'delta';
          const frame: Frame = {
            kind,
            mode,
            sequence,
            base: kind === 'key' ? sequence : sequence - 1,
            time: sequence,
            merged: 1,
            scanNs: 0,
            writtenPages: sample.count(Plane.Written),
            vmas: kind === 'key' ? vmas : changed,
            tiles: kind === 'key' ? keyTiles(state) : delta,
          };
          pending = pending ? mergeFrames(pending, frame) : frame;
          expect(pending).not.toBeNull();
          since.push(sample);
          if (!taken && sequence < history.length - 1) return;

          expect(window.apply(decodeFrame(encodeFrame(pending as unknown as Frame)))).toBe(true);
          pending = null;
          expect([...unmarkedPlanes(window.tiles), ...unmarkedPlanes(state)]).toEqual([]);
          const now = contents(window.tiles);
          const sampled = contents(sample);
          if (mode === 'interval') {
            expect(writes(window.tiles)).toEqual(writes(...since));
            for (const plane of EVENT_PLANES) now[plane] = sampled[plane] = [];
          }
          expect(now).toEqual(sampled);
          expect(window.vmas).toEqual(vmas);
          expect(window.writtenPages).toBe(window.tiles.count(Plane.Written));
          since = [];
        });
      }),
      { seed: 4711, numRuns: 300 },
    );
  });

  it('refuses a delta that builds on another state, and changes nothing', () => {
    const window = new FrameState();
    const delta = frameOf('delta', 'hold', 5, new TileSet());
    expect(window.apply(delta)).toBe(false);
    expect(window.sequence).toBe(-1);
    expect(window.apply(frameOf('key', 'hold', 4, new TileSet()))).toBe(true);
    expect(window.apply({ ...delta, mode: 'interval' })).toBe(false);
    expect(window.apply(delta)).toBe(true);
    expect(mergeFrames(delta, { ...delta, sequence: 9, base: 8 })).toBeNull();
  });

  it('keeps planes that were not sampled', () => {
    const state = new TileSet();
    const first = new TileSet();
    first.setRun(Plane.Present, 0, 10);
    first.setRun(Plane.Written, 0, 4);
    advanceTiles(state, first, ALL_PLANES, 'hold');
    const second = new TileSet();
    second.setRun(Plane.Written, 2, 6);
    const delta = advanceTiles(state, second, WRITE_PLANES, 'hold');
    expect([...delta.masks]).toEqual([1 << Plane.Written]);
    expect(state.runs(Plane.Present)).toEqual([[0, 10]]);
    expect(state.runs(Plane.Written)).toEqual([[2, 6]]);
  });

  it('names nothing where nothing changed', () => {
    const sample = new TileSet();
    sample.setRun(Plane.Written, 100, 9000);
    const state = new TileSet();
    expect(countPlane(advanceTiles(state, sample, ALL_PLANES, 'hold'), Plane.Written)).toBe(8900);
    expect(advanceTiles(state, sample, ALL_PLANES, 'hold').indexes).toHaveLength(0);
    expect(countPlane(advanceTiles(state, sample, ALL_PLANES, 'interval'), Plane.Written)).toBe(8900);
  });

  it('counts and drops tiles that became empty', () => {
    const state = new TileSet();
    const sample = new TileSet();
    sample.setRun(Plane.Written, 0, 2000);
    advanceTiles(state, sample, ALL_PLANES, 'hold');
    sample.clear();
    sample.setRun(Plane.Guard, 600, 601);
    advanceTiles(state, sample, ALL_PLANES, 'hold');
    expect([state.size, countEmptyTiles(state)]).toEqual([4, 3]);
    const kept = withoutEmptyTiles(state);
    expect(kept.size).toBe(1);
    expect(unmarkedPlanes(kept)).toEqual([]);
    expect(contents(kept)).toEqual(contents(state));
  });

  it('joins the writes of two sets', () => {
    fc.assert(
      fc.property(tileSetArbitrary, tileSetArbitrary, (into, more) => {
        const expected = writes(into, more);
        const others = contents(into).filter((_, plane) => !(WRITE_PLANES & (1 << plane)));
        joinWrites(into, more);
        expect(unmarkedPlanes(into)).toEqual([]);
        expect(writes(into)).toEqual(expected);
        expect(contents(into).filter((_, plane) => !(WRITE_PLANES & (1 << plane)))).toEqual(others);
      }),
      { seed: 99, numRuns: 100 },
    );
  });
});

/** The events of all the sets together, page by page: ascending. */
function writes(...sets: TileSet[]): Record<'written' | 'own' | 'touched' | 'hot' | 'gone', number[]> {
  const written = new Set<number>();
  const own = new Set<number>();
  const touched = new Set<number>();
  const hot = new Set<number>();
  const gone = new Set<number>();
  const each = (set: TileSet, plane: Plane, visit: (page: number) => void): void => {
    for (const [from, to] of set.runs(plane)) for (let page = from; page < to; page++) visit(page);
  };
  for (const set of sets) {
    each(set, Plane.Written, (page) => {
      written.add(page);
      if (!set.test(Plane.Fresh, page)) own.add(page);
    });
    each(set, Plane.Touched, (page) => touched.add(page));
    each(set, Plane.Hot, (page) => hot.add(page));
    each(set, Plane.Gone, (page) => gone.add(page));
  }
  for (const page of written) touched.delete(page);
  for (const page of [...written, ...touched]) hot.delete(page);
  const ascending = (pages: Set<number>) => [...pages].sort((a, b) => a - b);
  return {
    written: ascending(written),
    own: ascending(own),
    touched: ascending(touched),
    hot: ascending(hot),
    gone: ascending(gone),
  };
}

function frameOf(kind: Frame['kind'], mode: Frame['mode'], sequence: number, tiles: TileSet): Frame {
  return {
    kind,
    mode,
    sequence,
    base: kind === 'key' ? sequence : sequence - 1,
    time: sequence,
    merged: 1,
    scanNs: 0,
    writtenPages: tiles.count(Plane.Written),
    vmas: kind === 'key' ? [] : null,
    tiles: keyTiles(tiles),
  };
}
