import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv, formatJson, type LocatedRange, parseRanges } from './exchange.ts';
import { namedRangeSchema, type RangePlace } from './named-range.ts';

const hex = fc.bigInt(0n, 2n ** 48n).map((value) => `0x${value.toString(16)}`);
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
const path = text.map((name) => `/${name.trim()}x`);
const buildId = fc.stringMatching(/^([0-9a-f]{2}){2,20}$/);
const place: fc.Arbitrary<RangePlace> = fc.oneof(
  fc.record({ kind: fc.constant('image'), path, buildId: fc.option(buildId), offset: hex }),
  fc.record({ kind: fc.constant('file'), path, offset: hex }),
  fc.record({ kind: fc.constant('address'), program: fc.constant('p'), start: hex }),
);
const located: fc.Arbitrary<LocatedRange> = fc
  .record({
    range: fc.record({ id: fc.constant('1'), name: text, place, length: hex }),
    start: fc.option(fc.bigInt(0n, 2n ** 48n)),
  })
  .filter(({ range }) => namedRangeSchema.safeParse(range).success);

describe('named ranges as files', () => {
  it.each([
    ['CSV', formatCsv],
    ['JSON', formatJson],
  ])('are the same after %s', (_, format) => {
    fc.assert(
      fc.property(fc.array(located, { maxLength: 6 }), (list) => {
        const { ranges, bad } = parseRanges(format(list));
        expect(bad).toEqual([]);
        expect(ranges).toEqual(
          list.map(({ range, start }) => ({
            name: range.name,
            start: range.place.kind === 'address' ? BigInt(range.place.start) : start,
            length: BigInt(range.length),
            place: range.place.kind === 'address' ? null : range.place,
          })),
        );
      }),
    );
  });

  it('lose no row: every line is a range, or is listed with its number, its text and the reason', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            located.map((one) => formatCsv([one]).split('\n')[1] ?? ''),
            text,
          ),
        ),
        (rows) => {
          const lines = rows.map((row) => row.replaceAll(/[\r\n"]/g, '')).filter((row) => row.trim() !== '');
          const { ranges, bad } = parseRanges(
            `name,start,length,file,build_id,offset,kind\n${lines.join('\n')}`,
          );
          expect(ranges.length + bad.length).toBe(lines.length);
          for (const { row, text: source, problem } of bad) {
            expect(source).toBe(lines[row - 2]);
            expect(problem).toMatch(/\.$/);
          }
        },
      ),
    );
  });

  it('have head lines of any order, or none, and lengths in any form', () => {
    const world = { name: 'world', start: 0x1000n, length: 65536n, place: null };
    for (const file of [
      'world,0x1000,64K',
      'name,start,length\r\nworld,0x1000,65536\r\n',
      '\uFEFFlength,Name,start\n0x10000,world,4096\n\n',
      '"world","0x1000","64KiB"',
      '[{"name":"world","start":"0x1000","length":65536}]',
      '{"name":"world","start":4096,"length":"64K"}',
    ])
      expect(parseRanges(file)).toEqual({ ranges: [world], bad: [] });
  });

  it.each([
    [',0x1000,16', 'The name is missing.'],
    ['a,0x1000', 'The length is missing.'],
    ['a,0x1000,0', 'The length is 0.'],
    ['a,0x1000,-5', 'The length “-5” is not a number of bytes such as 0x1000, 4096 or 64K.'],
    ['a,here,16', 'The start “here” is not an address such as 0x7f0012340000.'],
    ['a,,16', 'The start is missing.'],
    ['a,0xfffffffffffffff0,17', 'It ends above the highest 64-bit address.'],
    ['a,0x1000,16,/x,zz,0', 'The build id “zz” is not hexadecimal.'],
    ['a,0x1000,16,/x,abcd,q', 'The offset “q” is not a number of bytes.'],
    ['a,0x1000,16,,abcd,', 'The file is missing, or its path is too long.'],
    ['a,1,2,3,,5,6', 'The kind “6” is neither image nor file.'],
    ['a,1,2,,,,,,', 'It has 9 fields instead of 7.'],
    ['"a,0x1000,16', 'A quotation mark is not closed.'],
    ['"a"b,0x1000,16', 'Text follows a closed quotation mark.'],
    [`${'n'.repeat(81)},1,2`, 'The name must be one line of at most 80 characters.'],
  ])('report %j', (row, problem) => {
    expect(parseRanges(`good,0x1000,16\n${row}\nalso good,0x2000,16`)).toMatchObject({
      ranges: [{ name: 'good' }, { name: 'also good' }],
      bad: [{ row: 2, text: row, problem }],
    });
  });

  it('report entries that are not objects, and text that is not JSON', () => {
    expect(parseRanges('[1, {"name":"a","start":1,"length":2}]')).toMatchObject({
      ranges: [{ name: 'a' }],
      bad: [{ row: 1, text: '1', problem: 'It is not an object.' }],
    });
    expect(parseRanges('[{').bad).toMatchObject([{ problem: expect.stringContaining('not JSON') as string }]);
    expect(parseRanges('')).toEqual({ ranges: [], bad: [] });
  });
});
