import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { HugeMark, HugeMarks } from './huge-marks.ts';
import { frameOf, storeOf, vmaOf } from '../../testing/memory.ts';

describe('marks of huge pages', () => {
  it('distinguish huge tiles from split ones, and report when one changed', () => {
    const vmas = [vmaOf(0, 2048)];
    const store = storeOf(vmas, [], { present: [[0, 2048]] });
    const marks = new HugeMarks(store);
    const all = (): number[] => store.table.tiles.map((_, slot) => slot);
    expect(marks.update(all())).toBe(false);
    store.tiles.setRun(Plane.Huge, 512, 1024);
    store.tiles.setRun(Plane.Split, 1024 + 77, 1024 + 78);
    expect(marks.update(all())).toBe(true);
    expect([0, 1, 2, 3].map((tile) => marks.of(tile))).toEqual([
      HugeMark.None,
      HugeMark.Huge,
      HugeMark.Split,
      HugeMark.None,
    ]);
    expect(marks.size).toBe(2);
    expect(marks.update(all())).toBe(false);
    store.apply(frameOf(vmas, [], { sequence: 1, time: 1001 }), 0);
    expect(marks.update(all())).toBe(true);
    expect(marks.size).toBe(0);
  });
});
