import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampCamera, fitAll } from '../../geometry/camera.ts';
import { rampIndex } from '../colour-maps.ts';
import { rectOf } from '../../geometry/hit-test.ts';
import { BandLayout, scaleOf } from '../../geometry/band-layout.ts';
import { Levels } from '../../rows/levels.ts';
import { RAMP_AT } from '../styles.ts';
import { type Swatch, SWATCHES, swatchIndex } from '../palette.ts';
import { StripBank } from '../../rows/strips.ts';
import { frameOf, storeOf, vmaOf, vmasArbitrary } from '../../../testing/memory.ts';
import { FrameStore } from '../../../data/frame-store.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { palette, Picture, pictureOf } from './testing/picture.ts';

const rampAt = (age: number): number => palette.pixels[SWATCHES.length + rampIndex(age)] ?? 0;
const swatch = (name: Swatch): number => palette.pixels[swatchIndex[name]] ?? 0;

describe('the picture', () => {
  it('shows one written page among 16,777,216 when everything fits in the window', () => {
    const vma = vmaOf(2 ** 30, 2 ** 30 + 2 ** 24);
    for (const page of [vma.start, vma.start + 9_999_999, vma.end - 1]) {
      const store = storeOf([vma], [page], { present: [[vma.start, vma.end]] });
      const picture = pictureOf(store, { width: 640, height: 500 });
      expect(picture.at(page)).toBe(rampAt(0));
      expect(picture.count(rampAt(0))).toBeGreaterThanOrEqual(1);
      expect(picture.count(rampAt(0))).toBeLessThanOrEqual(4);
      expect(picture.count(swatch('present'))).toBeGreaterThan(640 * 490);
    }
  });

  it('never hides a written page, for any VMAs and window size', () => {
    const share = fc.double({ min: 0, max: 0.9999, noNaN: true });
    const size = fc.tuple(fc.integer({ min: 64, max: 700 }), fc.integer({ min: 10, max: 300 }));
    fc.assert(
      fc.property(
        vmasArbitrary,
        fc.array(share, { minLength: 1, maxLength: 6 }),
        size,
        (vmas, shares, [width, height]) => {
          const written = shares.map((part, i) => {
            const vma = vmas[i % vmas.length] ?? vmaOf(0, 1);
            return vma.start + Math.floor(part * (vma.end - vma.start));
          });
          const picture = pictureOf(storeOf(vmas, written), { width, height });
          for (const page of written) expect(picture.at(page)).toBe(rampAt(0));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows a written page of each of 10,000 VMAs, from afar and near', () => {
    const vmas = Array.from({ length: 10_000 }, (_, i) => vmaOf(i * 700, i * 700 + 100 + (i % 500)));
    const written = vmas.map(({ start, end }, i) => start + (i % (end - start)));
    const store = storeOf(vmas, written);
    const view = { width: 640, height: 500 };
    const far = pictureOf(store, view);
    for (let i = 0; i < written.length; i += 7) expect(far.at(written[i] ?? 0)).toBe(rampAt(0));
    const levels = new Levels(store);
    levels.applied(store.table.tiles.map((_, slot) => slot));
    const camera = clampCamera({ row: 12, x: 0, y: far.layout.height(scaleOf(12)) / 2 }, far.layout, view);
    const near = new Picture(store, levels, view, far.layout, camera);
    const inView = written.filter((page) => {
      const rect = rectOf(near.layout, camera, view, page);
      return rect !== null && rect.y >= 0 && rect.y + rect.height <= view.height;
    });
    expect(inView.length).toBeGreaterThan(10);
    for (const page of inView) expect(near.at(page)).toBe(rampAt(0));
  });

  it('brings only the strips up to date that changed, with the same result as from scratch', () => {
    const vma = vmaOf(0, 2 ** 22);
    const page = fc.integer({ min: 0, max: 2 ** 22 - 1 });
    fc.assert(
      fc.property(fc.array(fc.array(page, { maxLength: 5 }), { minLength: 2, maxLength: 4 }), (frames) => {
        const store = new FrameStore();
        const levels = new Levels(store);
        const strips = new StripBank();
        const view = { width: 100, height: 60 };
        store.listen(levels);
        store.listen({
          applied: (slots) => slots.forEach((slot) => strips.touch(store.table.tiles[slot] ?? 0)),
          reset: () => undefined,
        });
        const layout = new BandLayout([vma]);
        const camera = fitAll(layout, view);
        frames.forEach((written, sequence) => {
          store.apply(frameOf([vma], written, { sequence, time: 1000 + sequence }), 0);
          const kept = new Picture(store, levels, view, layout, camera, strips);
          const scratch = pictureOf(store, view);
          expect(kept.pixels.findIndex((pixel, i) => pixel !== scratch.pixels[i])).toBe(-1);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('distinguishes states, and a new mapping by its pattern', () => {
    const vmas: Vma[] = [
      vmaOf(0, 512),
      vmaOf(512, 1024, { softDirty: true }),
      vmaOf(1024, 1536, { tracked: false }),
    ];
    const store = storeOf(vmas, [3], { present: [[0, 100]] });
    const picture = pictureOf(store, { width: 512, height: 42 });
    expect(picture.at(3)).toBe(rampAt(0));
    expect(picture.at(4)).toBe(swatch('present'));
    expect(picture.at(200)).toBe(swatch('untouched'));
    expect(picture.count(swatch('fresh'))).toBeGreaterThan(picture.count(swatch('freshMark')));
    expect(picture.count(swatch('freshMark'))).toBeGreaterThan(1000);
    expect(picture.count(swatch('hatch'))).toBeGreaterThan(500);
  });

  it('shows what was touched, is hot or was given back by patterns of its own', () => {
    const events = { touched: [[512, 1024]], hot: [[1024, 1536]], gone: [[1536, 2048]] } as const;
    const store = storeOf([vmaOf(0, 2048)], [1030], { present: [[0, 1536]], ...events });
    const picture = pictureOf(store, { width: 512, height: 48 });
    const count = (swatchOf: Swatch): number => picture.count(swatch(swatchOf));
    expect(picture.at(100)).toBe(swatch('present'));
    for (const [surface, mark] of [
      ['touched', 'touchedMark'],
      ['gone', 'goneMark'],
    ] as const) {
      expect(count(mark)).toBeGreaterThan(500);
      expect(count(surface)).toBeGreaterThan(count(mark));
    }
    // Half of a hot page's pixels keep the heat of its last write that is known: of the others', none is.
    expect(count('hotMark')).toBeGreaterThan(2000);
    expect(picture.count(rampAt(0))).toBeGreaterThan(3);
    expect(picture.count(palette.pixels[RAMP_AT] ?? 0)).toBeGreaterThan(2000);
  });

  it('shows a single page of each event among 16,777,216 when everything fits in the window', () => {
    const vma = vmaOf(2 ** 30, 2 ** 30 + 2 ** 24);
    const page = vma.start + 9_999_999;
    for (const [event, styles] of [
      ['touched', ['touched', 'touchedMark']],
      ['gone', ['gone', 'goneMark']],
    ] as const) {
      const store = storeOf([vma], [], { present: [[vma.start, page]], [event]: [[page, page + 1]] });
      const picture = pictureOf(store, { width: 640, height: 500 });
      expect(styles.map(swatch)).toContain(picture.at(page));
    }
  });

  it('leaves what is unmapped to the canvas', () => {
    const picture = pictureOf(storeOf([vmaOf(100, 200)], []), { width: 512, height: 14 });
    expect(picture.pixels[50]).toBe(swatch('canvas'));
    expect(picture.pixels[150]).toBe(swatch('untouched'));
    expect(picture.pixels[250]).toBe(swatch('canvas'));
  });
});
