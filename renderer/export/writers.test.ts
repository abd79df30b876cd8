import { csvParse } from 'd3';
import { describe, expect, it } from 'vitest';
import type { WritersReply } from '#shared/contract/writers.ts';
import { writersText } from './writers.ts';

const reply: WritersReply = {
  places: [{ function: '=operator, "x"', module: null, offset: 16n, file: '/a b.cc', line: 3 }],
  rows: [
    {
      tid: 7,
      thread: 'main',
      place: 0,
      writes: 5,
      pages: 2,
      lastNs: 1e9,
      stacks: [{ frames: [0], writes: 5 }],
    },
  ],
  ...{ writes: 5, omitted: 0, lost: 0, intervals: 1, owners: new Float64Array() },
};

describe('exported writers', () => {
  it('are a CSV table without formulas, and JSON with the same rows', () => {
    const [row] = csvParse(writersText('csv', reply));
    expect(row).toEqual({
      ...{ writes: '5', share: '1', pages: '2', tid: '7', thread: 'main', function: '\'=operator, "x"' },
      ...{ file: '/a b.cc', line: '3', module: '', offset: '0x10', seconds: '1' },
    });
    expect(JSON.parse(writersText('json', reply))).toEqual([
      {
        ...{ writes: 5, share: 1, pages: 2, tid: 7, thread: 'main', function: '=operator, "x"' },
        ...{ file: '/a b.cc', line: 3, module: null, offset: '0x10', seconds: 1 },
      },
    ]);
  });

  it('are stacks for flame graph programs', () => {
    expect(writersText('folded', reply)).toBe('main (7);=operator, "x" 5\n');
    expect(JSON.parse(writersText('speedscope', reply))).toMatchObject({
      profiles: [{ type: 'sampled', weights: [5] }],
    });
  });
});
