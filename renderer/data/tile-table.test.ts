import { describe, expect, it } from 'vitest';
import { TileTable } from './tile-table.ts';

describe('times of tiles', () => {
  it('are shared by tiles that were written whole at the same time, until one of their pages is written again', () => {
    const table = new TileTable();
    const [one, other, third] = [table.ensure(7), table.ensure(8), table.ensure(9)];
    table.fillTimes(one, 5);
    table.fillTimes(other, 5);
    table.fillTimes(third, 6);
    expect(table.times(one)).toBe(table.times(other));
    table.ensureTimes(one)[3] = 9;
    expect([...(table.times(one) ?? [])].slice(2, 5)).toEqual([5, 9, 5]);
    expect(table.times(other)?.every((time) => time === 5)).toBe(true);
    expect(table.times(third)?.every((time) => time === 6)).toBe(true);
    // Its own by now: no further copy.
    expect(table.ensureTimes(one)).toBe(table.times(one));
    table.clear();
    expect(table.times(one)).toBeNull();
  });
});
