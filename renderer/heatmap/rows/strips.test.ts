import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BandLayout } from '../geometry/band-layout.ts';
import { FrameStore } from '../../data/frame-store.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { Levels } from './levels.ts';
import { ROW_PAGES, ROW_WORDS } from './packed-row.ts';
import { RowBatch } from './row-batch.ts';
import { StripBank } from './strips.ts';

const PAGES = 2 ** 20;
const VIEW = { width: 512, height: 40 };

/** Planes and times of what is painted at each device pixel from the view's top on. */
function lines(store: FrameStore, row: number, y: number, linesOfStrip: number) {
  const [bank, batch, levels] = [new StripBank(), new RowBatch(), new Levels(store)];
  levels.applied(store.table.tiles.map((_, slot) => slot));
  const layout = new BandLayout(store.vmas);
  bank.compose(layout, levels, { row, x: 0, y }, VIEW, 1, batch, { lines: linesOfStrip });
  const found = new Map<number, { planes: Uint32Array; times: Uint32Array }>();
  for (let i = 0; i < batch.count; i++) {
    const [planes, times] = [new Uint32Array(ROW_WORDS), new Uint32Array(ROW_PAGES)];
    bank.copy(batch.slot[i] ?? -1, planes, 0, times, 0);
    const top = batch.y[i] ?? 0;
    for (let line = top; line < top + (batch.height[i] ?? 0); line++) found.set(line, { planes, times });
  }
  return found;
}

describe('strips of two lines', () => {
  it('have all that strips of one line have there, and cover the view', () => {
    const page = fc.integer({ min: 0, max: PAGES - 1 });
    fc.assert(
      fc.property(
        fc.array(page, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.01, max: 1.9, noNaN: true }),
        fc.nat(300),
        (written, row, y) => {
          const store = new FrameStore();
          store.apply(frameOf([vmaOf(0, PAGES)], written, { sequence: 0, time: 1000 }), 0);
          const [fine, coarse] = [lines(store, row, y, 1), lines(store, row, y, 2)];
          for (let line = 0; line < VIEW.height; line++) {
            const [one, two] = [fine.get(line), coarse.get(line)];
            if (!one || !two)
              return expect([line, one !== undefined, two !== undefined]).toEqual([line, true, true]);
            expect(one.planes.findIndex((word, i) => (word & ~(two.planes[i] ?? 0)) !== 0)).toBe(-1);
            expect(one.times.findIndex((time, i) => time > (two.times[i] ?? 0))).toBe(-1);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
