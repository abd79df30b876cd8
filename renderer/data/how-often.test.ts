import { describe, expect, it } from 'vitest';
import { packCount, type WriteCount, WRITTEN_BEFORE } from '#shared/memory/write-counts.ts';
import { ageOfHeat, heatOf } from './heat.ts';
import { countText, heatOfCount, HowOften } from './how-often.ts';

const rare = (count: number): WriteCount => ({ count, class: 'rare', period: null });

function reply(tile: number, values: readonly number[], intervals: number) {
  const uniform = Uint8Array.of(values.length === 1 ? 1 : 0);
  const all = values.length === 1 ? values : [...values, ...new Array<number>(512 - values.length).fill(0)];
  const [tiles, packed] = [Float64Array.of(tile), Uint32Array.from(all)];
  return { timeNs: 0, intervals, tiles, uniform, values: packed, next: null };
}

describe('HowOften', () => {
  it('gives pages the age that has the colour of their count', () => {
    const data = new HowOften();
    const counts = [1, 2, 8, 32, 64];
    expect(
      data.take([reply(5, [0, WRITTEN_BEFORE, ...counts.map((count) => packCount(rare(count)))], 64)]),
    ).toEqual([5]);
    const times = data.times(5);
    const steps = Array.from({ length: 7 }, (_, i) => times?.[i] ?? 0).map((time) =>
      time === 0 ? null : Math.round(heatOf(data.now - (time - 1)) * 255),
    );
    expect(steps[0]).toBeNull();
    expect(steps[1]).toBe(0);
    counts.forEach((count, i) => {
      const wanted = heatOfCount(count, 64) * 255;
      expect(Math.abs((steps[2 + i] ?? 0) - wanted)).toBeLessThanOrEqual(1);
    });
    // What joins rows from afar takes the later of two times: the page that is written more often.
    expect([...(times ?? []).slice(1, 7)]).toEqual([...(times ?? []).slice(1, 7)].sort((a, b) => a - b));
    expect(data.times(6)).toBeNull();
    expect(ageOfHeat(1)).toBe(0);
  });

  it('reports tiles that look different, even if only the scale is another', () => {
    const data = new HowOften();
    data.take([reply(1, [packCount(rare(3))], 64), reply(2, [packCount(rare(4))], 64)]);
    expect(data.take([reply(1, [packCount(rare(3))], 64), reply(2, [packCount(rare(5))], 64)])).toEqual([2]);
    expect(data.take([reply(1, [packCount(rare(3))], 65)]).sort()).toEqual([1, 2]);
    expect(data.times(2)).toBeNull();
    expect(data.countOf(600)).toEqual(rare(3));
  });

  it('describes a count in words', () => {
    expect(countText({ count: 37, class: 'periodic', period: 2 }, 64, 'sample')).toBe(
      '37 of the last 64 samples, every 2nd',
    );
    expect(countText({ count: 64, class: 'every', period: null }, 64, 'phase')).toBe(
      'each of the last 64 phases',
    );
    expect(countText({ count: 3, class: 'periodic', period: 11 }, 64, 'sample')).toContain('every 11th');
    expect(countText({ count: 3, class: 'periodic', period: 23 }, 64, 'sample')).toContain('every 23rd');
  });
});
