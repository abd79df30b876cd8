import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compare, WHOLE } from './compare.ts';
import { Belongs, ComparedTiles } from '../data/compared-tiles.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import { createTimeStore } from '../stores/time-store.ts';

/** Sets of page numbers as the engine sends them. */
function tilesOf(a: ReadonlySet<number>, b: ReadonlySet<number>): ComparedTiles {
  const indexes = [...new Set([...a, ...b].map((page) => Math.floor(page / 512)))].sort((x, y) => x - y);
  const words = { a: new Uint32Array(indexes.length * 16), b: new Uint32Array(indexes.length * 16) };
  for (const [set, out] of [
    [a, words.a],
    [b, words.b],
  ] as const) {
    for (const page of set) {
      const at = indexes.indexOf(Math.floor(page / 512)) * 16 + ((page % 512) >>> 5);
      out[at] = (out[at] ?? 0) | (1 << (page & 31));
    }
  }
  return new ComparedTiles({ indexes: Float64Array.from(indexes), ...words });
}

describe('compared sets', () => {
  it('agree with sets, page by page and run by run', () => {
    const pages = fc.uniqueArray(fc.integer({ min: 0, max: 2600 }), { maxLength: 120 });
    fc.assert(
      fc.property(pages, pages, fc.nat(2600), fc.nat(2600), (listA, listB, x, y) => {
        const [a, b] = [new Set(listA), new Set(listB)];
        const tiles = tilesOf(a, b);
        const range = { start: Math.min(x, y), end: Math.max(x, y) };
        const found = new Map<number, number>();
        for (const { start, end, belongs } of tiles.runs(range, Infinity)) {
          for (let page = start; page < end; page++) found.set(page, belongs);
        }
        for (let page = 0; page < 2600; page++) {
          const belongs = (a.has(page) ? Belongs.OnlyA : 0) | (b.has(page) ? Belongs.OnlyB : 0);
          expect(tiles.of(page)).toBe(belongs);
          if (page >= range.start && page < range.end) expect(found.get(page) ?? 0).toBe(belongs);
          else expect(found.has(page)).toBe(false);
        }
      }),
      { seed: 6, numRuns: 30 },
    );
  });

  it('are joined without losing a page', () => {
    const tiles = tilesOf(new Set([1, 40]), new Set([40, 513]));
    const masks = new Uint32Array(48);
    expect([0, 1, 2].map((tile) => tiles.join(tile, masks))).toEqual([true, true, false]);
    expect([masks[0], masks[1], masks[16], masks[33]]).toEqual([2, 0, 2, 1 << 8]);
  });

  it('runs have a bound', () => {
    const tiles = tilesOf(new Set([1, 3, 5, 7]), new Set());
    expect(tiles.runs({ start: 0, end: 512 }, 2)).toHaveLength(2);
  });
});

describe('comparing', () => {
  const time = createTimeStore();
  const asked: unknown[] = [];
  const comparison = { onlyA: 1 };
  const compareWith = (answer: () => unknown): Compare => {
    asked.length = 0;
    const call = async (_name: string, payload: unknown) => {
      asked.push(payload);
      return answer();
    };
    return new Compare({ time, link: { call } as unknown as EngineLink });
  };
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

  it('takes the brushed interval, else the position, else the latest', () => {
    const compare = compareWith(() => comparison);
    expect(compare.present(null)).toBeNull();
    expect(compare.present(900)).toEqual({ path: null, start: 900, end: 900 });
    time.setState({ cursor: 300 });
    expect(compare.present(900)).toEqual({ path: null, start: 300, end: 300 });
    time.setState({ range: { start: 100, end: 200 } });
    expect(compare.present(900)).toEqual({ path: null, start: 100, end: 200 });
  });

  it('asks once both sides are there, in nanoseconds, and again when they are swapped', async () => {
    const compare = compareWith(() => comparison);
    compare.select('a', { path: null, start: 1.5, end: 2 });
    await turn();
    expect(asked).toEqual([]);
    compare.select('b', { path: '/other.mcap', ...WHOLE });
    await turn();
    compare.swap();
    await turn();
    const [a, b] = [
      { path: null, startNs: 1.5e6, endNs: 2e6 },
      { path: '/other.mcap', startNs: 0, endNs: Number.MAX_SAFE_INTEGER },
    ];
    expect(asked).toEqual([
      { a, b },
      { a: b, b: a },
    ]);
    expect(compare.store.getState()).toMatchObject({ result: comparison, running: false });
  });

  it('reports why it failed, and does not show an older result', async () => {
    let broken = false;
    const compare = compareWith(() => {
      if (broken) throw new Error('no such file');
      return comparison;
    });
    compare.select('a', { path: null, start: 1, end: 1 });
    compare.select('b', { path: null, start: 2, end: 2 });
    await turn();
    broken = true;
    compare.select('b', { path: '/gone.mcap', ...WHOLE });
    await turn();
    expect(compare.store.getState()).toMatchObject({ result: null, failure: { message: 'no such file' } });
  });
});
