/** What is marked on the map, read back from what the overlay draws, on both layouts. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PageRange } from '#shared/memory/range.ts';
import { FrameStore } from '../../data/frame-store.ts';
import { vmaOf } from '../../testing/memory.ts';
import { createOperationsStore } from '../../stores/operations-store.ts';
import { createSelectionStore } from '../../stores/selection-store.ts';
import { createWriteWatchStore } from '../../stores/write-watch-store.ts';
import { SvgPen } from '../export/svg-pen.ts';
import { BandLayout } from '../geometry/band-layout.ts';
import { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { pageAt } from '../geometry/hit-test.ts';
import { HugeMarks } from './huge-marks.ts';
import { Overlay, type OverlaidMap } from './overlay.ts';

const VIEW = { width: 2048, height: 1200 };
const COLOURS = {
  '--result': '#110000',
  '--good': '#001100',
  '--text-dim': '#000011',
  '--accent': '#111111',
};
const VMA = vmaOf(0, 1024);
const LAYOUTS = ['bands', 'hilbert'] as const;

const operations = createOperationsStore();
const selection = createSelectionStore();
const writeWatches = createWriteWatchStore();
const overlay = new Overlay({ selection, operations, writeWatches, lit: () => [], named: () => [] });
const layout = new BandLayout([VMA]);
const hilbert = new HilbertLayout(VMA);

beforeEach(() => {
  for (const [name, colour] of Object.entries(COLOURS))
    document.documentElement.style.setProperty(name, colour);
  for (const name of [
    '--bg',
    '--text',
    '--text-faint',
    '--hairline',
    '--hairline-strong',
    '--warn',
    '--named',
  ])
    document.documentElement.style.setProperty(name, '#777777');
});

/** Pages at the middle of every shape with an outline of `colour`, and its dashes. */
function marked(
  form: (typeof LAYOUTS)[number],
  colour: string,
): { pages: (number | null)[]; dash: string[] } {
  const isHilbert = form === 'hilbert';
  const camera = isHilbert ? hilbert.fit(VIEW) : { row: 16, x: 0, y: 0 };
  const map: OverlaidMap = {
    ...{ layout, camera, hilbert: isHilbert ? hilbert : null, bytes: null },
    huge: new HugeMarks(new FrameStore()),
    rectOf: () => null,
  };
  const pen = new SvgPen((text) => text.length * 6);
  overlay.drawWith(pen, map, VIEW, 0, false);
  const pages: (number | null)[] = [];
  const dash = new Set<string>();
  for (const part of pen.parts) {
    if (!part.includes(`stroke="${colour}"`)) continue;
    dash.add(/stroke-dasharray="([^"]+)"/.exec(part)?.[1] ?? '');
    const box = /<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"/.exec(part);
    const path = /d="M(\S+) (\S+)h(\S+)v(\S+)h/.exec(part);
    const [x = NaN, y = NaN, width = NaN, height = NaN] = (box ?? path)?.slice(1).map(Number) ?? [];
    const at = [x + width / 2, y + height / 2] as const;
    pages.push(isHilbert ? hilbert.pageAt(camera, VIEW, ...at) : pageAt(layout, camera, VIEW, ...at));
  }
  return { pages: pages.sort((a, b) => (a ?? 0) - (b ?? 0)), dash: [...dash] };
}

/** GetWriteWatch with reset returned `runs` of a region. */
function returned(region: PageRange, runs: readonly PageRange[], reset: PageRange): void {
  writeWatches.setState({
    state: { regions: [{ start: region.start, pages: region.end - region.start, kept: 0 }], use: null },
    call: {
      name: 'GetWriteWatch',
      request: { flags: 1, base: 0n, size: 1n, addresses: true, count: 1, granularity: true },
      reply: {
        ...{ error: 'ERROR_SUCCESS', pages: new Float64Array(0), granularity: 4096, next: null, reset },
        ...{ wholeRegion: false, durationNs: 0 },
      },
      failure: null,
      runs,
    },
  });
}

describe.each(LAYOUTS)('on the layout %s', (form) => {
  it('the returned pages, the reset prefix and the region of a write watch are marked', () => {
    returned(
      { start: 0, end: 64 },
      [
        { start: 3, end: 4 },
        { start: 17, end: 18 },
      ],
      { start: 16, end: 17 },
    );
    expect(marked(form, COLOURS['--result'])).toEqual({ pages: [3, 17], dash: [''] });
    expect(marked(form, COLOURS['--good'])).toEqual({ pages: [16], dash: ['3 2'] });
    const region = marked(form, COLOURS['--text-dim']);
    expect(region.dash).toEqual(['7 4']);
    expect(region.pages).toHaveLength(1);
    expect(region.pages[0]).toBeLessThan(64);
    writeWatches.setState({ call: null, state: { regions: [], use: null } });
    expect(marked(form, COLOURS['--result']).pages).toEqual([]);
  });

  it('the pages that the shown operation reported are marked', () => {
    operations.setState({
      log: [
        {
          ...{ id: 1, at: new Date(0), what: 'GET', request: null, typed: null, error: null },
          result: {
            ok: true,
            ret: 2,
            runs: Float64Array.of(5, 1, 900, 1),
            next: null,
            durationNs: 0,
            notes: [],
          },
        },
      ],
      shown: 1,
    });
    expect(marked(form, COLOURS['--result']).pages).toEqual([5, 900]);
    operations.setState({ shown: null });
    expect(marked(form, COLOURS['--result']).pages).toEqual([]);
  });
});
