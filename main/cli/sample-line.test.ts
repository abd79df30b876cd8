import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { SampleLine } from './sample-line.ts';

describe('SampleLine', () => {
  it('is what JSON.stringify writes of the same runs', () => {
    // Near each other, so that runs meet; and anywhere, up to the end of five-level page tables.
    const page = fc.oneof(fc.nat(3000), fc.nat(2 ** 25), fc.integer({ min: 0, max: 2 ** 44 }));
    const run = fc.tuple(page, fc.integer({ min: 1, max: 1500 }));
    const runsOfHot = fc.array(run, { maxLength: 3 });
    const encoder = new SampleLine();
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 40 }),
        runsOfHot,
        fc.nat(1e9),
        fc.boolean(),
        (runs, hotRuns, time, withCost) => {
          const tiles = new TileSet();
          for (const [start, pages] of hotRuns) tiles.setRun(Plane.Hot, start, start + pages);
          for (const [start, pages] of runs) tiles.setRun(Plane.Written, start, start + pages);
          const written = tiles.runs(Plane.Written).map(([from, to]) => [formatPage(from), to - from]);
          const hot = tiles.runs(Plane.Hot).map(([from, to]) => [formatPage(from), to - from]);
          const cost = withCost
            ? { programShare: 0.0123456789, hotPages: time, more: 'x'.repeat(time % 200) }
            : null;
          const expected = {
            event: 'sample',
            t: time,
            written,
            pages: tiles.count(Plane.Written),
            ...(hot.length > 0 && { hot }),
            ...(cost !== null && { cost }),
          };
          expect(Buffer.from(encoder.encode(tiles, time, cost)).toString()).toBe(
            `${JSON.stringify(expected)}\n`,
          );
        },
      ),
      { seed: 4, numRuns: 300 },
    );
  });

  it('has what is touched, hot and gone beside what is written, if there is any', () => {
    const tiles = new TileSet();
    tiles.setRun(Plane.Written, 16, 18);
    tiles.setRun(Plane.Touched, 500, 600);
    tiles.setRun(Plane.Gone, 1, 2);
    const line = Buffer.from(new SampleLine().encode(tiles, 5)).toString();
    expect(JSON.parse(line)).toEqual({
      event: 'sample',
      t: 5,
      written: [['0x10000', 2]],
      pages: 2,
      touched: [['0x1f4000', 100]],
      gone: [['0x1000', 1]],
    });
  });

  it('grows for samples of many runs', () => {
    const tiles = new TileSet();
    for (let page = 0; page < 200_000; page += 2)
      tiles.setRun(Plane.Written, 0x7f0000000 + page, 0x7f0000001 + page);
    const line = Buffer.from(new SampleLine().encode(tiles, 0)).toString();
    expect((JSON.parse(line) as { written: unknown[] }).written).toHaveLength(100_000);
  });
});
