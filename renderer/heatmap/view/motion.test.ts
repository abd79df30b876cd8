import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitAll } from '../geometry/camera.ts';
import { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { BandLayout } from '../geometry/band-layout.ts';
import { along, moveTo, zoomMotion } from './motion.ts';
import { bandProjection } from '../geometry/projection.ts';
import { vmaOf, vmasArbitrary } from '../../testing/memory.ts';

const VIEW = { width: 640, height: 400 };
const vma = vmaOf(1000, 200_000);
const layout = new BandLayout([vma]);
const forms = [
  ['bands', bandProjection(layout)],
  ['a Hilbert square', new HilbertLayout(vma)],
] as const;

describe.each(forms)('motions over %s', (_name, projection) => {
  it('arrive where they were sent, and stay within what there is', () => {
    const from = projection.fit(VIEW);
    const to = projection.fitRange(VIEW, 50_000, 50_200);
    const motion = moveTo(from, to, 1000);
    const first = along(motion, from, projection, VIEW, 1000);
    expect(first.done).toBe(false);
    expect(first.camera.row).toBeCloseTo(from.row, 6);
    let rows = 0;
    let before = from.row;
    for (let now = 1000; now <= 1300; now += 10) {
      const { camera } = along(motion, from, projection, VIEW, now);
      expect(camera).toEqual(projection.clamp(camera, VIEW));
      if (camera.row >= before - 1e-9) rows++;
      before = camera.row;
    }
    // Nearer with every step, for the range is smaller than everything.
    expect(rows).toBe(31);
    expect(along(motion, from, projection, VIEW, 1400)).toEqual({ camera: to, done: true });
  });

  it('zoom about a place: the page there stays under it', () => {
    const share = fc.double({ min: 0.3, max: 0.7, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.double({ min: 1.1, max: 3, noNaN: true }), (x, y, factor) => {
        // Near enough that the edges have no effect.
        let camera = projection.zoomAt(projection.fit(VIEW), VIEW, 12, VIEW.width / 2, VIEW.height / 2);
        const [px, py] = [x * VIEW.width, y * VIEW.height];
        const page = projection.pageAt(camera, VIEW, px, py);
        fc.pre(page !== null);
        const motion = zoomMotion(null, camera.row, factor, px, py, 0);
        for (let now = 0; now <= 200; now += 16) camera = along(motion, camera, projection, VIEW, now).camera;
        const rect = projection.rectOf(camera, VIEW, page ?? 0);
        if (!rect) throw new Error('the page is gone');
        expect(rect.x).toBeLessThanOrEqual(px + 1);
        expect(rect.x + rect.width).toBeGreaterThanOrEqual(px - 1);
        expect(rect.y).toBeLessThanOrEqual(py + 1);
        expect(rect.y + rect.height).toBeGreaterThanOrEqual(py - 1);
      }),
      { seed: 20_261_123, numRuns: 60 },
    );
  });
});

describe('a wheel that keeps turning', () => {
  it('adds to where it was going', () => {
    const first = zoomMotion(null, 10, 2, 5, 5, 0);
    const second = zoomMotion(first, 12, 2, 5, 5, 30);
    expect(second).toMatchObject({ kind: 'zoom', from: 12, to: 40 });
  });

  it('ends in a view of something, for any memory', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.double({ min: 0.01, max: 100, noNaN: true }), (vmas, factor) => {
        const bands = new BandLayout(vmas);
        const projection = bandProjection(bands);
        const start = fitAll(bands, VIEW);
        const { camera } = along(zoomMotion(null, start.row, factor, 1, 1, 0), start, projection, VIEW, 500);
        expect(projection.nearestPage(camera, VIEW, 0, 0)).not.toBeNull();
        expect(Number.isFinite(camera.row + camera.x + camera.y)).toBe(true);
      }),
      { seed: 20_261_123 },
    );
  });
});
