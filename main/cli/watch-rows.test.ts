import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMapsLine } from '../native/process/maps.ts';
import { pagesByVma, readVmas, tableRows } from './watch-rows.ts';

const vma = (start: number, end: number, name = '') =>
  parseMapsLine(
    `${(start * 4096).toString(16)}-${(end * 4096).toString(16)} rw-p 00000000 00:00 0    ${name}`,
  );

/** Ascending, apart from each other: pairs of gap and length. */
const ranges = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })), { maxLength: 8 })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([gap, length]) => [(at += gap), (at += length)] as const);
  });

describe('pagesByVma', () => {
  it('counts each page in the VMA that holds it', () => {
    fc.assert(
      fc.property(ranges, ranges, (places, runs) => {
        const vmas = places.map(([start, end]) => vma(start, end));
        const expected = new Array<number>(vmas.length + 1).fill(0);
        for (const [from, to] of runs) {
          for (let page = from; page < to; page++) {
            const index = vmas.findIndex(({ start, end }) => start <= page && page < end);
            expected[index < 0 ? vmas.length : index]++;
          }
        }
        expect(pagesByVma(vmas, runs)).toEqual(expected);
      }),
      { seed: 4 },
    );
  });
});

describe('tableRows', () => {
  const vmas = [vma(16, 32, '[heap]'), vma(64, 128), vma(256, 512, '/tmp/evil\\012\x1b[2J')];

  it('puts those written now first, then those written most, and sums up the rest', () => {
    const now = [[300, 301]] as const;
    const all = [
      [16, 26],
      [64, 69],
      [200, 203],
      [300, 301],
    ] as const;
    expect(tableRows(vmas, now, all, 3)).toEqual([
      'NOW  TOTAL     SIZE     START  RIGHTS  NAME',
      '  1      1  1.0 MiB  0x100000  rw-p    /tmp/evil\ufffd\ufffd[2J',
      '  0     10   64 KiB   0x10000  rw-p    [heap]',
      '  0      5  256 KiB   0x40000  rw-p',
      'and 3 pages in 1 more',
    ]);
    expect(tableRows(vmas, null, [[200, 203]], 3)).toEqual([
      'TOTAL  SIZE  START  RIGHTS  NAME',
      '    3                       (no longer mapped)',
    ]);
  });
});

describe('readVmas', () => {
  it('keeps what it had if the process is gone', () => {
    const before = [vma(1, 2)];
    expect(readVmas(4194304, before)).toBe(before);
    expect(readVmas(process.pid, before).length).toBeGreaterThan(5);
  });
});
