import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnWidth, fitAll } from '../geometry/camera.ts';
import { BandLayout } from '../geometry/band-layout.ts';
import { AGE_SCALE, HELD_SCALE } from '../description/legend-entries.ts';
import type { MapStill } from './map-still.ts';
import type { OverlayColours } from '../overlay/scene.ts';
import { drawGutter } from '../overlay/gutter.ts';
import { paletteOf } from '../paint/palette.ts';
import { Raster } from '../paint/raster/raster.ts';
import { visibleRows } from '../rows/visible-rows.ts';
import { RowBatch } from '../rows/row-batch.ts';
import { columnTable, type Scene } from '../paint/scene.ts';
import { storeOf, vmaOf, vmasArbitrary } from '../../testing/memory.ts';
import { TileBank } from '../rows/tile-bank.ts';
import type { FrameStore } from '../../data/frame-store.ts';
import { svgOf } from './render.ts';
import { captionOf } from './sheet.ts';
import { paint, SvgPen } from './svg-pen.ts';
import { svgPages } from './svg-pages.ts';

const palette = paletteOf('light', 'cividis');
const VIEW = { width: 540, height: 120 };
const measure = (text: string): number => text.length * 6;
const colours: OverlayColours = {
  background: 'oklch(0.985 0.001 264)',
  text: '#111',
  dim: '#444',
  faint: '#666',
  hairline: '#ddd',
  seam: '#bbb',
  accent: '#06c',
  hover: '#444',
  lit: '#c80',
  named: '#c0c',
  result: '#000',
  reset: '#080',
  shades: ['#ddd', '#aaa', '#777', '#333'],
  sans: "'Inter Variable', sans-serif",
  mono: "'JetBrains Mono Variable', monospace",
};

function sceneOf(store: FrameStore): { scene: Scene; layout: BandLayout } {
  const layout = new BandLayout(store.vmas);
  const camera = { ...fitAll(layout, VIEW), row: 6 };
  const rows = new RowBatch();
  visibleRows(layout, store.table, camera, VIEW, 1, rows);
  const column = columnWidth(camera.row, VIEW);
  const scene: Scene = {
    ...VIEW,
    origin: 0,
    above: 0,
    column,
    columns: columnTable(VIEW.width, 0, column),
    rows,
    bank: new TileBank(store),
    now: store.time,
    patience: 0,
    hold: true,
    palette,
  };
  return { scene, layout };
}

function stillOf(store: FrameStore, mode: MapStill['mode'] = 'hold'): MapStill {
  const { scene, layout } = sceneOf(store);
  return {
    scene,
    ratio: 1,
    view: VIEW,
    gutter: 216,
    palette,
    scale: mode === 'hold' ? HELD_SCALE : AGE_SCALE,
    colours,
    drawLabels: (context) =>
      drawGutter({ context, colours, layout, camera: { row: 6, x: 0, y: 0 }, view: VIEW, gutter: 216 }),
    title: 'A <game> & its "world"',
    detail: 'seed 1',
    form: 'bands',
    range: { start: 0, end: 512 },
    mode,
    written: 2,
    mapped: 1024,
    sequence: 7,
    time: 1500,
  };
}

/** An SVG, and its texts. */
function parse(svg: string): { parsed: Document; texts: string[] } {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
  return { parsed, texts: [...parsed.querySelectorAll('text')].map(({ textContent }) => textContent ?? '') };
}

/** Paints the rectangles of an SVG's paths back into pixels. */
function pixelsOf(body: string): Map<string, number> {
  const pixels = new Map<string, number>();
  for (const [, fill = '', path = ''] of body.matchAll(/<path fill="([^"]+)" d="([^"]+)"/g)) {
    for (const [, ...numbers] of path.matchAll(/M(\d+) (\d+)h(\d+)v(\d+)h-\d+z/g)) {
      const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
      for (let py = y; py < y + height; py++) {
        for (let px = x; px < x + width; px++) {
          const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => parseInt(fill.slice(at, at + 2), 16));
          const key = `${px} ${py}`;
          if (pixels.has(key)) throw new Error(`${key} is painted twice`);
          pixels.set(key, fill.startsWith('url') ? -1 : ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0);
        }
      }
    }
  }
  return pixels;
}

describe('a picture of the map as SVG', () => {
  it('has the same pages in the same places and colours as the map, each pixel once', () => {
    const share = fc.double({ min: 0, max: 0.9999, noNaN: true });
    fc.assert(
      fc.property(vmasArbitrary, fc.array(share, { maxLength: 12 }), (vmas, shares) => {
        const written = shares.map((part, i) => {
          const vma = vmas[i % vmas.length] ?? vmaOf(0, 1);
          return vma.start + Math.floor(part * (vma.end - vma.start));
        });
        const { scene } = sceneOf(storeOf(vmas, written));
        const size = VIEW.width * VIEW.height;
        const raster = new Raster(VIEW.width, VIEW.height, new Uint32Array(size), new Uint32Array(size));
        raster.paint(scene);
        const drawn = pixelsOf(svgPages(scene).body);
        const canvas = palette.pixels[0] ?? 0;
        for (let i = 0; i < size; i++) {
          const pixel = drawn.get(`${i % VIEW.width} ${Math.floor(i / VIEW.width)}`) ?? canvas;
          if (pixel !== -1 && pixel !== raster.pixels[i]) {
            expect(`${i % VIEW.width}, ${Math.floor(i / VIEW.width)}: ${pixel}`).toBe(raster.pixels[i]);
          }
        }
      }),
      { numRuns: 25, seed: 20_261_123 },
    );
  });

  it('merges runs: an untouched mapping of many rows is one rectangle per column of rows', () => {
    const { scene } = sceneOf(storeOf([vmaOf(0, 512 * 8)], []));
    const { body } = svgPages(scene);
    // Rows of six pixels have a line between them, so each of them is a separate rectangle, and no more.
    expect(body.match(/M/g)?.length).toBe(8);
  });

  it('has the age of writes in its legend where that is shown, else that pages are written', () => {
    const store = storeOf([vmaOf(0x1000, 0x1400)], [0x1001]);
    const ages = ['Last written', 'now', '1 min'];
    const held = 'written since the last clear';
    for (const [mode, shown, hidden] of [
      ['interval', ages, [held]],
      ['hold', [held], ages],
    ] as const) {
      const { texts } = parse(svgOf(stillOf(store, mode), measure));
      for (const word of shown) expect(texts).toContain(word);
      for (const word of hidden) expect(texts).not.toContain(word);
    }
  });

  it('is well formed, with caption, legend and labels as text, for any names', () => {
    const store = storeOf([vmaOf(0x1000, 0x1400, { name: '/tmp/<a&b>\u0007"c"' })], [0x1001, 0x1002]);
    const svg = svgOf(stillOf(store), measure);
    const { parsed, texts } = parse(svg);
    expect(parsed.querySelector('parsererror')).toBeNull();
    expect(texts).toContain('A <game> & its "world" · seed 1');
    expect(texts.join('\n')).toContain('2 pages written since the last clear (8 KiB) of 4 MiB mapped');
    for (const word of ['swapped', 'huge page', 'split huge page', 'not tracked'])
      expect(texts).toContain(word);
    expect(texts.some((text) => text.startsWith('<a&b>'))).toBe(true);
    const root = parsed.documentElement;
    for (const text of parsed.querySelectorAll('text')) {
      expect(Number(text.getAttribute('x'))).toBeLessThanOrEqual(Number(root.getAttribute('width')));
      expect(Number(text.getAttribute('y'))).toBeLessThanOrEqual(Number(root.getAttribute('height')));
    }
  });

  it('names the layout of the pages', () => {
    const still = stillOf(storeOf([vmaOf(0, 512)], []));
    expect(captionOf(still)[1]).toBe('Address map: 0x0 – 0x200000, 2 MiB per row');
    expect(captionOf({ ...still, form: 'hilbert' })[1]).toContain('along a Hilbert curve');
  });

  it('keeps patterns: a new mapping is filled with stripes', () => {
    const { scene } = sceneOf(storeOf([vmaOf(0, 512, { softDirty: true })], []));
    const { defs, body } = svgPages(scene);
    const id = /url\(#([^)]+)\)/.exec(body)?.[1] ?? '';
    expect(id).not.toBe('');
    expect(defs).toContain(`<pattern id="${id}"`);
    // A third of 144 pixels are marks.
    expect(defs.match(/h1v1h-1z/g)?.length).toBe(48);
  });
});

describe('the pen that writes SVG', () => {
  it('writes colours of CSS as sRGB in hexadecimal digits', () => {
    expect(paint('fill', 'oklch(1 0 0 / 50%)')).toBe('fill="#ffffff" fill-opacity="0.5"');
    expect(paint('fill', 'oklch(100% 0 0/.5)')).toBe('fill="#ffffff" fill-opacity="0.5"');
    expect(paint('stroke', '#abc')).toBe('stroke="#aabbcc"');
    expect(paint('stroke', '#11223380')).toBe('stroke="#112233" stroke-opacity="0.5"');
    expect(paint('fill', 'rgb(1 2 3)')).toBe('fill="#010203"');
    expect(paint('fill', 'rgb(1 2 3 / 35%)')).toBe('fill="#010203" fill-opacity="0.35"');
  });

  it('mixes colours as CSS does, and refuses what it does not know', () => {
    // Chromium paints color-mix(in oklch, white 30%, black) as rgb(46 46 46).
    expect(paint('fill', 'color-mix(in oklch, oklch(1 0 0) 30%, oklch(0 0 0))')).toBe('fill="#2e2e2e"');
    expect(paint('fill', 'color-mix(in oklch, oklch(1 0 0) 100%, oklch(0 0 0))')).toBe('fill="#ffffff"');
    for (const unknown of ['var(--text)', 'tomato', 'lab(50 0 0)', '']) {
      expect(() => paint('fill', unknown)).toThrow('exported');
    }
  });

  it('closes what it clips, and comes back to where it was', () => {
    const pen = new SvgPen(measure);
    pen.save();
    pen.beginPath();
    pen.rect(0, 0, 10, 10);
    pen.clip();
    pen.translate(5, 6);
    pen.fillRect(1, 1, 2, 2);
    pen.restore();
    pen.fillRect(1, 1, 2, 2);
    const svg = pen.parts.join('');
    expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length);
    expect(svg).toContain('<rect x="6" y="7" width="2" height="2"');
    expect(svg.endsWith('<rect x="1" y="1" width="2" height="2" fill="#000000"/>')).toBe(true);
  });
});
