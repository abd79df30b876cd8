import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TileIndex } from './tile-index.ts';

const tile = fc.nat(40);
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ ensure: tile }) },
  { weight: 5, arbitrary: fc.record({ find: tile }) },
  { weight: 1, arbitrary: fc.constant('clear' as const) },
);

describe('TileIndex', () => {
  it('numbers tiles in order of arrival, whether or not they ascend', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const index = new TileIndex();
        let model: number[] = [];
        for (const one of steps) {
          if (one === 'clear') {
            index.clear();
            model = [];
          } else if ('find' in one) expect(index.find(one.find)).toBe(model.indexOf(one.find));
          else {
            if (!model.includes(one.ensure)) model.push(one.ensure);
            expect(index.ensure(one.ensure)).toBe(model.indexOf(one.ensure));
          }
          expect(index.indexes).toEqual(model);
          expect(index.size).toBe(model.length);
        }
      }),
    );
  });
});
