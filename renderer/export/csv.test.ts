import { csvParse } from 'd3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOfAddress } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { packCount, type WriteCount } from '#shared/memory/write-counts.ts';
import { HowOften } from '../data/how-often.ts';
import { PageWriters } from '../data/page-writers.ts';
import { vmasCsv, writtenCsv } from './csv.ts';
import { TileTable } from '../data/tile-table.ts';

const vma = (start: number, end: number, name: string): Vma => ({
  start,
  end,
  read: true,
  write: true,
  exec: false,
  kind: 'anon-private',
  name,
  pgoff: 0,
  softDirty: false,
  flags: 'rd wr mr',
  tracked: true,
});

const NO_COUNTS = new HowOften();

/** Counts over 64 intervals, all in tiles 0 and 1. */
function countsOf(counts: ReadonlyMap<number, WriteCount>): HowOften {
  const values = new Uint32Array(1024);
  for (const [page, count] of counts) values[page] = packCount(count);
  const data = new HowOften();
  const tiles = Float64Array.of(0, 1);
  data.take([{ timeNs: 0, intervals: 64, tiles, uniform: new Uint8Array(2), values, next: null }]);
  return data;
}

/** A picture in which page → time (0: fresh, written by its VMA alone) is written. */
function picture(vmas: readonly Vma[], written: ReadonlyMap<number, number>) {
  const tiles = new TileSet();
  const table = new TileTable();
  for (const [page, time] of written) {
    tiles.setRun(Plane.Written, page, page + 1);
    if (time === 0) tiles.setRun(Plane.Fresh, page, page + 1);
    else table.ensureTimes(table.ensure(Math.floor(page / 512)))[page % 512] = time + 1;
  }
  return { vmas, tiles, table, mode: 'interval' as const };
}

describe('the table of VMAs', () => {
  it('has a line each, and takes names as they are', () => {
    const name = '/tmp/a "b",c\nd';
    const tiles = new TileSet();
    tiles.setRun(Plane.Written, 510, 514);
    tiles.setRun(Plane.Present, 500, 600);
    tiles.setRun(Plane.Touched, 500, 505);
    tiles.setRun(Plane.Gone, 600, 603);
    const counts = countsOf(
      new Map([
        [511, { count: 64, class: 'every', period: null }],
        [512, { count: 32, class: 'periodic', period: 2 }],
        [513, { count: 1, class: 'once', period: null }],
      ]),
    );
    const writers = new PageWriters();
    const place = { module: 'game', offset: 1n, file: null, line: null };
    const row = { tid: 7, thread: 't', writes: 1, pages: 1, lastNs: 0, stacks: [] };
    writers.take({
      places: [
        { ...place, function: 'operator=' },
        { ...place, function: '=move' },
      ],
      rows: [
        { ...row, place: 0 },
        { ...row, place: 1 },
      ],
      // Page 511 by the first, 512 to 514 by the second, the first again at 600.
      owners: Float64Array.of(511, 1, 0, 512, 3, 1, 600, 1, 0),
    });
    const vmas = [vma(500, 512, name), vma(512, 2000, '[heap]'), vma(2000, 2001, '')];
    const rows = csvParse(vmasCsv({ vmas, tiles }, counts, writers));
    expect(rows.map((one) => [one['top_writer'], one['top_writer_share']])).toEqual([
      ['operator=', '1.0000'],
      ["'=move", '0.7500'],
      ['', ''],
    ]);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      start: '0x1f4000',
      end: '0x200000',
      pages: '12',
      permissions: 'rw-p',
      name,
      written_pages: '2',
      present_pages: '12',
      touched_pages: '5',
      gone_pages: '0',
      counted_intervals: '64',
      every_pages: '1',
      once_pages: '0',
      period: '',
      tracking: 'exact',
    });
    expect(rows[1]).toMatchObject({
      name: '[heap]',
      written_pages: '2',
      present_pages: '88',
      gone_pages: '3',
      periodic_pages: '1',
      period: '2',
      once_pages: '1',
    });
  });
});

describe('the table of written pages', () => {
  it('joins neighbours of one time, one reason and one count, across tiles but not across VMAs', () => {
    const written = new Map([
      [509, 7],
      [510, 9],
      [511, 9],
      [512, 9],
      [513, 9],
      [514, 0],
      [900, 0],
    ]);
    const counts = countsOf(new Map([[511, { count: 3, class: 'periodic', period: 20 }]]));
    const csv = writtenCsv(picture([vma(500, 513, 'a'), vma(513, 1000, 'b')], written), counts);
    expect(csv).toBe(
      'start,end,pages,vma,reason,last_written_ms,written_intervals,counted_intervals,class,period\n' +
        '0x1fd000,0x1fe000,1,a,entry,7,0,64,,\n' +
        '0x1fe000,0x1ff000,1,a,entry,9,0,64,,\n' +
        '0x1ff000,0x200000,1,a,entry,9,3,64,periodic,20\n' +
        '0x200000,0x201000,1,a,entry,9,0,64,,\n' +
        '0x201000,0x202000,1,b,entry,9,0,64,,\n' +
        '0x202000,0x203000,1,b,vma,,0,64,,\n' +
        '0x384000,0x385000,1,b,vma,,0,64,,\n',
    );
  });

  it('has no time in mode hold, in which it is not known', () => {
    const held = { ...picture([vma(0, 512, 'a')], new Map([[7, 30]])), mode: 'hold' as const };
    expect(writtenCsv(held, NO_COUNTS)).toBe(
      [
        'start,end,pages,vma,reason,last_written_ms,written_intervals,counted_intervals,class,period',
        '0x7000,0x8000,1,a,entry,,0,0,,',
        '',
      ].join('\n'),
    );
  });

  it('names every written page once, with its time, for any picture', () => {
    const pages = fc.array(fc.tuple(fc.nat(2047), fc.nat(3)), { maxLength: 300 });
    fc.assert(
      fc.property(pages, fc.nat(2047), (list, border) => {
        const written = new Map(list);
        const vmas = [vma(0, border + 1, 'a'), vma(border + 1, 4096, 'b')];
        const found = new Map<number, number>();
        for (const row of csvParse(writtenCsv(picture(vmas, written), NO_COUNTS))) {
          const [start, end] = [row['start'], row['end']].map((text) => pageOfAddress(BigInt(text ?? '')));
          for (let page = start ?? NaN; page < (end ?? NaN); page++) {
            expect(found.has(page)).toBe(false);
            expect(row['vma']).toBe(page <= border ? 'a' : 'b');
            found.set(page, Number(row['last_written_ms']));
          }
        }
        expect([...found].sort((a, b) => a[0] - b[0])).toEqual([...written].sort((a, b) => a[0] - b[0]));
      }),
    );
  });
});
