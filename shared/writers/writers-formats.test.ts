/** Folded stacks and the table of writers. */
import { describe, expect, it } from 'vitest';
import type { CodePlace, WritersReply } from '../contract/writers.ts';
import { foldedStacks, stacksOf } from './stacks.ts';
import { WRITER_COLUMNS, writerTable } from './table.ts';

const place = (name: string | null, more: Partial<CodePlace> = {}): CodePlace => ({
  ...{ function: name, module: '/usr/bin/game', offset: 0x1234n, file: '/src/game.cc', line: 7 },
  ...more,
});

const reply: WritersReply = {
  places: [place('move'), place('main'), place(null, { file: null, line: null }), place('a;b\nc')],
  rows: [
    {
      ...{ tid: 11, thread: 'physics', place: 0, writes: 30, pages: 4, lastNs: 1.5e9 },
      stacks: [
        { frames: [0, 1], writes: 20 },
        { frames: [0, 3], writes: 10 },
      ],
    },
    {
      ...{ tid: 0, thread: null, place: 2, writes: 10, pages: 2, lastNs: 2e9 },
      stacks: [{ frames: [2], writes: 10 }],
    },
  ],
  ...{ writes: 40, omitted: 0, lost: 0, intervals: 12, owners: new Float64Array() },
};

describe('stacks of writers', () => {
  it('are folded outermost first, one line each, names cleaned', () => {
    expect(foldedStacks(stacksOf(reply))).toBe(
      'physics (11);main;move 20\nphysics (11);a:b?c;move 10\nanother process;game+0x1234 10\n',
    );
  });

  it('are added up if names are the same', () => {
    const stack = { thread: 't', frames: [place('f'), place('g', { offset: 1n })], writes: 3 };
    const other = { ...stack, frames: [place('f'), place('g', { offset: 2n })], writes: 4 };
    expect(foldedStacks([stack, other])).toBe('t;f;g 7\n');
  });
});

describe('the table of writers', () => {
  it('has a row for each writing instruction of a thread', () => {
    const rows = writerTable(reply).map((row) =>
      Object.fromEntries(WRITER_COLUMNS.map((name, i) => [name, row[i]])),
    );
    expect(rows).toEqual([
      {
        ...{ writes: 30, share: 0.75, pages: 4, tid: 11, thread: 'physics', function: 'move' },
        ...{ file: '/src/game.cc', line: 7, module: '/usr/bin/game', offset: '0x1234', seconds: 1.5 },
      },
      {
        ...{ writes: 10, share: 0.25, pages: 2, tid: 0, thread: 'another process', function: null },
        ...{ file: null, line: null, module: '/usr/bin/game', offset: '0x1234', seconds: 2 },
      },
    ]);
  });
});
