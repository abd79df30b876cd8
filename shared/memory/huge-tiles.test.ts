import { describe, expect, it } from 'vitest';
import { HugeTiles } from './huge-tiles.ts';
import { Plane } from './plane.ts';
import { TileSet } from './tile-set.ts';

/** A sample with runs of pages in planes. */
function sample(...runs: [plane: Plane, start: number, end: number][]): TileSet {
  const tiles = new TileSet();
  for (const [plane, start, end] of runs) tiles.setRun(plane, start, end);
  return tiles;
}

function splits(huge: HugeTiles, tiles: TileSet): [number, number][] {
  huge.mark(tiles);
  return tiles.runs(Plane.Split);
}

const HUGE = sample.bind(null, [Plane.Huge, 512, 1024], [Plane.Present, 512, 1024]);

describe('HugeTiles', () => {
  it('flags the pages of a huge page that was split', () => {
    const huge = new HugeTiles();
    expect(splits(huge, HUGE())).toEqual([]);
    expect(splits(huge, sample([Plane.Present, 512, 1000], [Plane.Swapped, 1000, 1002]))).toEqual([
      [512, 1002],
    ]);
    expect(splits(huge, sample([Plane.Present, 512, 1024]))).toEqual([[512, 1024]]);
  });

  it('includes huge pages noted between two samples', () => {
    const huge = new HugeTiles();
    huge.note(1024, 2048);
    expect(splits(huge, sample([Plane.Present, 0, 2048], [Plane.Huge, 1024, 1536]))).toEqual([[1536, 2048]]);
  });

  it('counts what is split now, also by pages that were seen between two samples', () => {
    const huge = new HugeTiles();
    huge.note(0, 2048);
    expect(huge.splitCount).toBe(0);
    huge.noteSmall(700, 701);
    huge.noteSmall(5000, 5001);
    expect(huge.splitCount).toBe(1);
    huge.mark(sample([Plane.Present, 0, 1536], [Plane.Huge, 1024, 1536]));
    expect(huge.splitCount).toBe(2);
    expect([...huge.seen]).toEqual([0, 1, 2]);
    huge.note(0, 512);
    expect(huge.splitCount).toBe(1);
  });

  it('ends when the tile is huge again', () => {
    const huge = new HugeTiles();
    splits(huge, HUGE());
    splits(huge, sample([Plane.Present, 512, 1024]));
    expect(splits(huge, HUGE())).toEqual([]);
    expect(splits(huge, sample([Plane.Present, 512, 1024]))).toEqual([[512, 1024]]);
  });

  it.each([
    ['is no longer mapped', sample()],
    ['no longer has pages', sample([Plane.Written, 512, 1024])],
  ])('forgets a tile that %s', (_, gone) => {
    const huge = new HugeTiles();
    splits(huge, HUGE());
    expect(splits(huge, gone)).toEqual([]);
    expect(splits(huge, sample([Plane.Present, 512, 1024]))).toEqual([]);
  });

  it('never flags what was not huge', () => {
    const huge = new HugeTiles();
    splits(huge, sample([Plane.Present, 0, 5000]));
    expect(splits(huge, sample([Plane.Present, 0, 4000]))).toEqual([]);
  });
});
