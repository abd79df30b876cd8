import { describe, expect, it } from 'vitest';
import { DEFAULT_VMA_COLUMNS, VMA_COLUMNS } from '../../stores/view-store.ts';
import { COLUMNS, fitColumns } from './columns.ts';

const ids = (width: number, selected = VMA_COLUMNS as readonly (typeof VMA_COLUMNS)[number][]) =>
  fitColumns(selected, width).columns.map(({ id }) => id);
/** What the columns beside the name take, in pixels. */
const fixed = (template: string): number =>
  [...template.matchAll(/(\d+)px/g)].reduce((sum, [, width]) => sum + Number(width), 0);

describe('the columns of the mappings', () => {
  it('are those that are selected, in their order, if there is room', () => {
    expect(ids(2000)).toEqual(COLUMNS.map(({ id }) => id));
    expect(ids(385, DEFAULT_VMA_COLUMNS)).toEqual(['start', 'size', 'name', 'written', 'rate']);
    expect(ids(2000, ['huge'])).toEqual(['name', 'huge']);
  });

  it('never need more than there is: the least important are left out, the name never', () => {
    for (let width = 100; width < 1200; width += 7) {
      const { template, columns } = fitColumns(VMA_COLUMNS, width);
      expect(columns.some(({ id }) => id === 'name')).toBe(true);
      expect(fixed(template)).toBeLessThanOrEqual(Math.max(0, width - 84));
    }
    expect(ids(160)).toEqual(['name', 'written']);
    expect(ids(236)).toEqual(['name', 'written', 'rate']);
  });

  it('have whole addresses only if the name has room beside them', () => {
    expect(fitColumns(DEFAULT_VMA_COLUMNS, 380).shortAddresses).toBe(true);
    expect(fitColumns(DEFAULT_VMA_COLUMNS, 500).shortAddresses).toBe(false);
  });

  it('have as much room for a shortened address as its digits need, and at most that of a whole one', () => {
    const start = (digits: number) =>
      Number(/^(\d+)px/.exec(fitColumns(['start'], 210, digits).template)?.[1]);
    expect(start(8)).toBeGreaterThan(start(7));
    expect(start(16)).toBe(start(12));
    expect(fitColumns(['start'], 210, 8)).toMatchObject({ shortAddresses: true, addressDigits: 8 });
    expect(fitColumns(['start'], 210, 16).shortAddresses).toBe(false);
  });
});
