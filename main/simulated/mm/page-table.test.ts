import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Machine } from '../machine.ts';
import { PageTable } from './page-table.ts';
import { Tile } from './tile.ts';

const make = (levels: 4 | 5 = 4): PageTable => new PageTable(levels, new Machine().events, 0);
const GIB = 512 ** 2;

describe('a page table', () => {
  it('finds every tile that was added, and no other', () => {
    const places = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 26 - 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(places, fc.array(fc.nat(2 ** 26 - 1)), (tiles, others) => {
        const table = make();
        for (const tile of tiles) expect(table.ensure(tile * 512 + 7).base).toBe(tile * 512);
        for (const tile of [...tiles, ...others]) {
          expect(table.find(tile * 512 + 511)?.base ?? null).toBe(tiles.includes(tile) ? tile * 512 : null);
        }
        const found: number[] = [];
        for (let tile = table.next(0, Infinity); tile !== null; tile = table.next(tile.end, Infinity)) {
          found.push(tile.base / 512);
        }
        expect(found).toEqual([...tiles].sort((a, b) => a - b));
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('iterates over tiles within bounds', () => {
    const table = make();
    for (const page of [0, 512, 5 * GIB, 5 * GIB + 1024]) table.ensure(page);
    expect(table.next(1, 2)?.base).toBe(0);
    expect(table.next(512, 512)).toBeNull();
    expect(table.next(513, 5 * GIB)?.base).toBe(512);
    expect(table.next(1024, 5 * GIB)).toBeNull();
    expect(table.next(1024, 5 * GIB + 1)?.base).toBe(5 * GIB);
  });

  it('covers 2^36 pages with four levels and more with five', () => {
    expect(make().find(2 ** 36)).toBeNull();
    const table = make(5);
    table.ensure(2 ** 43);
    expect(table.find(2 ** 43 + 5)?.base).toBe(2 ** 43);
  });

  it('frees unused tables, and the tables above them', () => {
    const table = make();
    for (const page of [0, 1024, GIB]) table.ensure(page);
    table.prune(0, GIB + 512, (start, end) => start <= 1500 && end > 1500);
    expect(table.find(0)).toBeNull();
    expect(table.find(1024)).not.toBeNull();
    expect(table.directory(GIB, 2)).toBeNull();
    table.prune(1024, 1536, () => false);
    expect(table.root.count).toBe(0);
  });

  it('moves a page table, and a whole PMD table with its page tables', () => {
    const table = make();
    table.ensure(512).change(1, 0, 1);
    table.moveTable(1, 512, 2 * GIB);
    expect(table.find(512)).toBeNull();
    expect(table.find(2 * GIB)?.entry(1)).toBe(1);
    table.install(new Tile(2 * GIB + 1024, 1), 'huge-mapped');
    table.moveTable(2, 2 * GIB, 7 * GIB);
    expect(table.find(2 * GIB)).toBeNull();
    expect(table.find(7 * GIB)?.base).toBe(7 * GIB);
    expect(table.find(7 * GIB + 1024)?.huge).toBe(1);
  });
});
