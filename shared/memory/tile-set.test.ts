import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE } from './page.ts';
import { Plane, PLANE_COUNT } from './plane.ts';
import { TileSet } from './tile-set.ts';

type Step = { plane: Plane; start: number; pages: number } | 'clear' | { clearPlane: Plane };

const plane = fc.nat(PLANE_COUNT - 1).map((n) => n as Plane);
const start = fc.integer({ min: 0, max: 100 * PAGES_PER_TILE });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ plane, start, pages: fc.integer({ min: 1, max: 1500 }) }) },
  { weight: 1, arbitrary: fc.constant('clear' as const) },
  { weight: 2, arbitrary: fc.record({ clearPlane: plane }) },
);

/** The runs of a set of pages, ascending. */
function runsOf(pages: ReadonlySet<number>): [number, number][] {
  const runs: [number, number][] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === page) last[1]++;
    else runs.push([page, page + 1]);
  }
  return runs;
}

describe('TileSet', () => {
  it('keeps a run that makes it grow', () => {
    const tiles = new TileSet();
    tiles.setRun(Plane.Present, 100, 40_000);
    expect(tiles.runs(Plane.Present)).toEqual([[100, 40_000]]);
    expect(tiles.count(Plane.Present)).toBe(39_900);
  });

  it('has the pages of each plane, as a set of pages has, in any order of tiles', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tiles = new TileSet();
        const model = Array.from({ length: PLANE_COUNT }, () => new Set<number>());
        for (const one of steps) {
          if (one === 'clear') {
            tiles.clear();
            for (const pages of model) pages.clear();
          } else if ('clearPlane' in one) {
            tiles.clearPlane(one.clearPlane);
            model[one.clearPlane].clear();
          } else {
            tiles.setRun(one.plane, one.start, one.start + one.pages);
            for (let i = 0; i < one.pages; i++) model[one.plane].add(one.start + i);
          }
        }
        const copy = new TileSet();
        copy.setRun(Plane.Gone, 7, 5000);
        copy.copyFrom(tiles);
        for (const set of [tiles, copy])
          for (let p = 0; p < PLANE_COUNT; p++) expect(set.runs(p as Plane)).toEqual(runsOf(model[p]));
      }),
      { numRuns: 60 },
    );
  });
});
