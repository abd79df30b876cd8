import { describe, expect, it } from 'vitest';
import { Plane } from './plane.ts';
import { TileSet } from './tile-set.ts';

describe('TileSet', () => {
  it('keeps a run that makes it grow', () => {
    const tiles = new TileSet();
    tiles.setRun(Plane.Present, 100, 40_000);
    expect(tiles.runs(Plane.Present)).toEqual([[100, 40_000]]);
    expect(tiles.count(Plane.Present)).toBe(39_900);
  });
});
