import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { Entry, tableEntries } from './table-entries.ts';

const PAGE = 0x7f_1234_5678;

describe('the entries of a table that leads to a page', () => {
  const tiles = new TileSet();
  tiles.setRun(Plane.Present, PAGE, PAGE + 3);
  tiles.setRun(Plane.Written, PAGE + 1, PAGE + 2);
  tiles.setRun(Plane.Swapped, PAGE + 4, PAGE + 5);
  // New mapping only: counts as written, but not because of its own entry.
  const other = PAGE + 512 * 5;
  tiles.setRun(Plane.Present, other, other + 2);
  tiles.setRun(Plane.Written, other, other + 2);
  tiles.setRun(Plane.Fresh, other, other + 2);

  it('are those of the page table itself', () => {
    const { base, span, entries, used, written } = tableEntries({ tiles }, PAGE, 12);
    expect([base, span, used, written]).toEqual([Math.floor(PAGE / 512) * 512, 1, 4, 1]);
    const at = PAGE - base;
    expect([...entries.subarray(at, at + 5)]).toEqual([
      Entry.Used,
      Entry.Written,
      Entry.Used,
      0,
      Entry.Swapped,
    ]);
  });

  it.each([
    ['PMD', 21],
    ['PUD', 30],
    ['PGD', 39],
  ])('%s: the entries below are added up', (_level, low) => {
    const { base, span, entries, used } = tableEntries({ tiles }, PAGE, low);
    const own = Math.floor((PAGE - base) / span);
    expect(own).toBe(Math.floor(PAGE / span) % 512);
    expect(entries[own]).toBe(Entry.Written);
    const second = Math.floor((other - base) / span);
    expect(used).toBe(second === own ? 1 : 2);
    if (second !== own) expect(entries[second]).toBe(Entry.Used);
  });
});
