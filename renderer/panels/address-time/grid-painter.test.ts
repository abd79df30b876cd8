import { describe, expect, it } from 'vitest';
import { IntervalState, type WriteHistoryReply } from '#shared/contract/write-history.ts';
import { paletteOf, swatchIndex, SWATCHES } from '../../heatmap/paint/palette.ts';
import { AddressAxis } from './address-axis.ts';
import { AxisBuckets, heatOfCount } from './axis-buckets.ts';
import { GridPainter } from './grid-painter.ts';
import { HistoryRead } from './written-history.ts';

const ms = 1e6;
const palette = paletteOf('dark', 'cividis');

/** Ten pages on 100 pixels; what each interval wrote, as pages. */
function readOf(
  intervals: readonly {
    start: number;
    end: number;
    pages: readonly number[];
    state?: IntervalState;
  }[],
  ratio: number,
): HistoryRead {
  const axis = new AddressAxis([{ start: 512, end: 522 }], [], null, 100);
  const offsets = [0];
  for (const { pages } of intervals) offsets.push((offsets.at(-1) ?? 0) + pages.length);
  const reply: WriteHistoryReply = {
    available: { startNs: 0, endNs: 1000 * ms },
    stepNs: ms,
    starts: Float64Array.from(intervals, ({ start }) => start * ms),
    ends: Float64Array.from(intervals, ({ end }) => end * ms),
    frames: Uint32Array.from(intervals, () => 1),
    states: Uint8Array.from(intervals, ({ state }) => state ?? IntervalState.Read),
    written: Uint32Array.from(intervals, ({ pages }) => pages.length),
    offsets: Uint32Array.from(offsets),
    cells: Uint16Array.from(intervals.flatMap(({ pages }) => pages.map((page) => page - 512))),
    counts: Uint32Array.from(intervals.flatMap(({ pages }) => pages.map(() => 1))),
    complete: true,
  };
  return new HistoryRead(
    {
      range: null,
      intervals: 100,
      axis,
      buckets: new AxisBuckets(axis, ratio),
    },
    reply,
  );
}

/** Paints a second on 200 CSS pixels; a letter per pixel: written, plain, hatched, empty. */
function painted(read: HistoryRead, ratio: number): (x: number, y: number) => string {
  const [width, height] = [200 * ratio, 100 * ratio];
  const out = new Uint32Array(width * height);
  new GridPainter().paint(
    out,
    width,
    height,
    read,
    palette,
    (count) => heatOfCount(count, 1),
    (time) => (time / 1000) * 200 * ratio,
  );
  const plain = palette.pixels[swatchIndex.untouched];
  const [line, canvas] = [palette.pixels[swatchIndex.hatch], palette.pixels[swatchIndex.canvas]];
  return (x, y) => {
    const pixel = out[y * width + x];
    if (pixel === palette.pixels[SWATCHES.length + 255]) return 'written';
    return pixel === plain ? 'plain' : pixel === line || pixel === canvas ? 'hatched' : 'unknown';
  };
}

describe('the picture of address × time', () => {
  it.each([1, 1.25, 2, 4])('has each page and each time where the axes have them, at ratio %d', (ratio) => {
    const read = readOf(
      [
        { start: 0, end: 100, pages: [512] },
        { start: 100, end: 500, pages: [] },
        { start: 500, end: 600, pages: [515, 521] },
        {
          start: 900,
          end: 1000,
          pages: [513],
          state: IntervalState.Unreadable,
        },
      ],
      ratio,
    );
    const at = painted(read, ratio);
    /** Middle of a page and of a time, in device pixels. */
    const kindAt = (time: number, page: number): string =>
      at(Math.floor((time / 1000) * 200 * ratio), Math.floor((page - 512 + 0.5) * 10 * ratio));
    expect(kindAt(50, 512)).toBe('written');
    expect(kindAt(50, 513)).toBe('plain');
    for (const page of [512, 515, 521]) expect(kindAt(300, page)).toBe('plain');
    expect(kindAt(550, 515)).toBe('written');
    expect(kindAt(550, 521)).toBe('written');
    expect(kindAt(550, 516)).toBe('plain');
    // Nothing was sampled, which is not the same as nothing written.
    for (const page of [512, 515, 521]) expect(kindAt(750, page)).toBe('hatched');
    // What could be read of a damaged part is shown over the hatching.
    expect(kindAt(950, 512)).toBe('hatched');
    expect(kindAt(950, 513)).toBe('written');
  });

  it('hatches what is not read yet, with lines that are seen', () => {
    const read = readOf([{ start: 0, end: 1000, pages: [], state: IntervalState.Unread }], 1);
    const [width, height] = [200, 100];
    const out = new Uint32Array(width * height);
    new GridPainter().paint(
      out,
      width,
      height,
      read,
      palette,
      () => 255,
      (time) => time / 5,
    );
    const lines = out.filter((pixel) => pixel === palette.pixels[swatchIndex.hatch]).length;
    expect(lines / out.length).toBeCloseTo(1 / 6, 1);
  });

  it('returns for each time the interval that covers it, or none', () => {
    const read = readOf(
      [
        { start: 0, end: 100, pages: [512] },
        { start: 100, end: 200, pages: [513, 514] },
        { start: 400, end: 500, pages: [515] },
      ],
      1,
    );
    expect([0, 50, 100, 100.5, 200, 201, 399, 450, 500, 501].map((time) => read.at(time))).toEqual([
      0, 0, 0, 1, 1, -1, -1, 2, 2, -1,
    ]);
    const { buckets } = read.query;
    expect([512, 513, 514, 515].map((page) => read.count(1, buckets.of(page)))).toEqual([0, 1, 1, 0]);
    expect([0, 1, 2].map((i) => read.total(i))).toEqual([1, 2, 1]);
  });
});
