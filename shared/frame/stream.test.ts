/** Deltas, keys and merges applied in turn: the window's state is the state that was sampled. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '../memory/plane.ts';
import { TileSet } from '../memory/tile-set.ts';
import type { Vma } from '../memory/vma.ts';
import { SAMPLE_MODES } from '../source/source.ts';
import { unmarkedPlanes } from '../testing/unmarked-planes.ts';
import { countPlane, FrameState } from './apply.ts';
import { decodeFrame, encodeFrame } from './codec.ts';
import {
  advanceTiles,
  ALL_PLANES,
  countEmptyTiles,
  joinWrites,
  keyTiles,
  withoutEmptyTiles,
  WRITE_PLANES,
} from './delta.ts';
import type { Frame } from './frame.ts';
import { mergeFrames } from './merge.ts';
import { tileSetArbitrary, vmasArbitrary } from './testing/arbitrary-frame.ts';

const event = fc.record({
  sample: tileSetArbitrary,
  vmas: fc.option(vmasArbitrary, { nil: null }),
  /** Whether the sample is a key frame, and whether the window takes frames after it. */
  key: fc.boolean(),
  taken: fc.boolean(),
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

  it('names nothing if nothing changed', () => {
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

/** The contents of a set, for any order of tiles: page runs a plane. */
function contents(tiles: TileSet): [number, number][][] {
  return Array.from({ length: PLANE_COUNT }, (_, plane) => tiles.runs(plane as Plane));
}
