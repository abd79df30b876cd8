/** Writers of one interval, their sums, and what a recording has of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodePlace,
  type FoundWrite,
  MAX_PLACES,
  MAX_WRITER_RUNS,
  type WritersInterval,
  writersIntervalSchema,
} from '#shared/contract/writers.ts';
import { RecordedHistory } from '../recorded-history.ts';
import { RecordingReader } from '../recording-reader.ts';
import { RecordingWriter } from '../recording-writer.ts';
import { infoOf, simulatedFrames } from '../testing/simulated-frames.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { IntervalBuilder } from './interval-builder.ts';
import { totalsOf } from './writer-totals.ts';
import { WritersLog } from './writers-log.ts';
import { parseWriters, writersText } from './writers-message.ts';

const folder = temporaryFolder();

const place = (id: number): CodePlace => ({
  ...{ function: `f${id}`, module: '/usr/bin/game', offset: BigInt(id), file: 'game.cc', line: id },
});
const write = (page: number, tid: number, ...stack: number[]): FoundWrite => ({
  ...{ page, tid, thread: `thread ${tid}`, stack: stack.map(place) },
});

function interval(timeNs: number, writes: readonly FoundWrite[], lost = 0): WritersInterval {
  const builder = new IntervalBuilder();
  for (const one of writes) builder.add(one);
  const built = builder.build(timeNs, lost);
  if (built === null) throw new Error('nothing was added');
  return built;
}

const writesArbitrary = fc.uniqueArray(
  fc.record({
    page: fc.integer({ min: 0, max: 40 }),
    tid: fc.integer({ min: 1, max: 3 }),
    stack: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
  }),
  { selector: ({ page }) => page, maxLength: 20 },
);
const intervalsArbitrary = fc
  .array(writesArbitrary, { maxLength: 6 })
  .map((intervals) =>
    intervals.map((writes) => writes.map(({ page, tid, stack }) => write(page, tid, ...stack))),
  );

describe('an interval of writers', () => {
  it('joins neighbours of one writer, ascending', () => {
    const { runs, writers } = interval(5, [write(9, 1, 0), write(7, 1, 0), write(8, 1, 0), write(10, 2, 0)]);
    expect(runs).toEqual([7, 3, 0, 10, 1, 1]);
    expect(writers.map(({ tid }) => tid)).toEqual([1, 2]);
  });

  it('is null if nothing was found or lost', () => {
    expect(new IntervalBuilder().build(1, 0)).toBeNull();
    expect(interval(1, [], 3)).toMatchObject({ runs: [], lost: 3 });
  });

  it('counts what exceeds its bounds, and stays within the schema', () => {
    const many = Array.from({ length: MAX_WRITER_RUNS + 10 }, (_, i) => write(2 * i, 1, 0));
    const runs = interval(1, many);
    expect(runs.omitted).toBe(10);
    expect(writersIntervalSchema.parse(runs).runs).toHaveLength(3 * MAX_WRITER_RUNS);
    const places = interval(
      1,
      Array.from({ length: MAX_PLACES + 10 }, (_, i) => write(i, 1, i)),
    );
    writersIntervalSchema.parse(places);
    expect(places.omitted + places.runs.length / 3).toBe(MAX_PLACES + 10);
    // Callers without room are cut off; the writing code is known.
    const callers = Array.from({ length: 3 }, (_, n) =>
      write(1000 + n, 1, 0, ...Array.from({ length: 250 }, (_unused, i) => 1 + n * 250 + i)),
    );
    expect(interval(1, callers)).toMatchObject({ omitted: 0, runs: [1000, 1, 0, 1001, 1, 1, 1002, 1, 2] });
  });

  it('is the same after it was stored', () => {
    fc.assert(
      fc.property(writesArbitrary, (writes) => {
        if (writes.length === 0) return;
        const made = interval(
          7,
          writes.map(({ page, tid, stack }) => write(page, tid, ...stack)),
          2,
        );
        expect(parseWriters(writersText(made), 7)).toEqual(made);
      }),
    );
  });

  it('that is too long for a message has counts alone', () => {
    const long = { ...place(0), function: '\u0001'.repeat(512), file: '\u0001'.repeat(512) };
    const writes = Array.from({ length: 400 }, (_, i) => ({
      ...write(i, 1),
      stack: [{ ...long, offset: BigInt(i) }],
    }));
    const { writers, runs, omitted } = parseWriters(writersText(interval(1, writes)), 1);
    expect({ writers, runs, omitted }).toEqual({ writers: [], runs: [], omitted: 400 });
  });

  it.each([
    ['a place that is missing', { writers: [{ tid: 1, thread: null, stack: [1] }] }],
    ['an incomplete run', { runs: [1, 1] }],
    ['a run without pages', { runs: [1, 0, 0] }],
    ['runs that overlap', { runs: [1, 2, 0, 2, 1, 0] }],
    ['a writer that is missing', { runs: [1, 1, 7] }],
    ['an invalid address', { places: [{ ...place(0), offset: '12' }] }],
    ['a negative count', { omitted: -1 }],
  ])('with %s is refused', (_, change) => {
    const good = {
      places: [{ ...place(0), offset: '0x0' }],
      writers: [{ tid: 1, thread: null, stack: [0] }],
      ...{ runs: [1, 1, 0], omitted: 0, lost: 0 },
    };
    expect(parseWriters(JSON.stringify(good), 3)).toMatchObject({ timeNs: 3, runs: [1, 1, 0] });
    expect(() => parseWriters(JSON.stringify({ ...good, ...change }), 3)).toThrow();
  });
});

describe('sums of writers', () => {
  it('are those of a simple count, page by page', () => {
    fc.assert(
      fc.property(intervalsArbitrary, fc.nat(40), fc.nat(20), (intervals, start, pages) => {
        const range = pages === 0 ? null : { start, end: start + pages };
        const built = intervals.flatMap((writes, i) => (writes.length > 0 ? [interval(i + 1, writes)] : []));
        const reply = totalsOf(built, range, true);
        const rows = new Map<string, { writes: number; pages: Set<number>; lastNs: number }>();
        const owners = new Map<number, string>();
        const stacks = new Map<string, number>();
        intervals.forEach((writes, i) => {
          for (const { page, tid, stack } of writes) {
            if (range !== null && (page < range.start || page >= range.end)) continue;
            const key = `${tid} ${stack[0]?.function}`;
            const row = rows.get(key) ?? { writes: 0, pages: new Set(), lastNs: 0 };
            rows.set(key, { writes: row.writes + 1, pages: row.pages.add(page), lastNs: i + 1 });
            owners.set(page, key);
            const names = `${tid} ${stack.map((one) => one.function).join()}`;
            stacks.set(names, (stacks.get(names) ?? 0) + 1);
          }
        });
        const keyOf = (row: number) =>
          `${reply.rows[row].tid} ${reply.places[reply.rows[row].place].function}`;
        expect(
          new Map(
            reply.rows.map(({ writes, pages: own, lastNs }, row) => [keyOf(row), [writes, own, lastNs]]),
          ),
        ).toEqual(new Map([...rows].map(([key, row]) => [key, [row.writes, row.pages.size, row.lastNs]])));
        expect(reply.writes).toBe([...rows.values()].reduce((sum, row) => sum + row.writes, 0));
        const found = new Map<number, string>();
        for (let i = 0; i < reply.owners.length; i += 3)
          for (let page = 0; page < reply.owners[i + 1]; page++)
            found.set(reply.owners[i] + page, keyOf(reply.owners[i + 2]));
        expect(found).toEqual(owners);
        const byStack = reply.rows.flatMap(({ tid, stacks: own }) =>
          own.map(({ frames, writes }): [string, number] => [
            `${tid} ${frames.map((index) => reply.places[index].function).join()}`,
            writes,
          ]),
        );
        expect(new Map(byStack)).toEqual(stacks);
      }),
    );
  });
});

describe('the last writers of a session', () => {
  it('are kept within a bound', () => {
    const log = new WritersLog(500);
    for (let time = 1; time <= 100; time++) log.push(interval(time, [write(time, 1, 0)]));
    const kept = log.within({ startNs: 0, endNs: 100 }).map(({ timeNs }) => timeNs);
    expect(kept.at(-1)).toBe(100);
    expect(kept.length).toBeLessThan(12);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 101 - kept.length + i));
    expect(log.within({ startNs: 99, endNs: 99 })).toHaveLength(1);
  });
});

describe('a recording', () => {
  it('has the writers of each time, even if it lost its end', async () => {
    const path = folder.path('writers.mcap');
    const made = await simulatedFrames();
    const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
    const log = new WritersLog();
    const first = await made.next();
    writer.frame(first);
    for (let i = 1; i < 60; i++) {
      const frame = await made.next();
      const timeNs = Math.round(frame.time * 1e6);
      if (i % 3 === 0) {
        const found = interval(timeNs, [write(i, 1 + (i % 4), i % 5, 9), write(500, 9, 7)]);
        writer.writers(found);
        log.push({ ...found, timeNs: timeNs - Math.round(first.time * 1e6) });
      }
      writer.frame(frame);
    }
    await writer.stop();
    for (const scan of [false, true]) {
      const reader = await RecordingReader.open(path, { scan });
      expect(reader.damage).toBeNull();
      const history = new RecordedHistory(reader);
      for (const [startNs, endNs] of [
        [0, 3e9],
        [0.5e9, 0.6e9],
        [1.2e9, 2.5e9],
        [2.94e9, 2.95e9],
      ]) {
        for (const range of [null, { start: 500, end: 501 }, { start: 10, end: 30 }]) {
          const time = { startNs, endNs };
          const reply = await history.writers({ range, time, owners: true });
          expect(reply).toEqual(totalsOf(log.within(time), range, true));
        }
      }
      expect(
        (await history.writers({ range: null, time: { startNs: 0, endNs: 3e9 }, owners: false })).writes,
      ).toBe(38);
      await reader.close();
    }
  });
});
