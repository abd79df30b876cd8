import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitAll, fitRange, type Viewport } from '../../heatmap/geometry/camera.ts';
import { rectOf } from '../../heatmap/geometry/hit-test.ts';
import { BandLayout } from '../../heatmap/geometry/band-layout.ts';
import { vmaOf, vmasArbitrary } from '../../testing/memory.ts';
import { Belongs, ComparedTiles } from '../../data/compared-tiles.ts';
import { setPalette } from './set-palette.ts';
import { rasterizeSets, type SetScene } from './set-raster.ts';

const view: Viewport = { width: 200, height: 120 };
const palette = setPalette('dark');

function tilesOf(pages: ReadonlyMap<number, Belongs>): ComparedTiles {
  const indexes = [...new Set([...pages.keys()].map((page) => Math.floor(page / 512)))].sort((x, y) => x - y);
  const [a, b] = [new Uint32Array(indexes.length * 16), new Uint32Array(indexes.length * 16)];
  for (const [page, belongs] of pages) {
    const at = indexes.indexOf(Math.floor(page / 512)) * 16 + ((page % 512) >>> 5);
    if ((belongs & Belongs.OnlyA) !== 0) a[at] = (a[at] ?? 0) | (1 << (page & 31));
    if ((belongs & Belongs.OnlyB) !== 0) b[at] = (b[at] ?? 0) | (1 << (page & 31));
  }
  return new ComparedTiles({ indexes: Float64Array.from(indexes), a, b });
}

function paint(scene: Pick<SetScene, 'layout' | 'camera' | 'tiles'>): Uint32Array {
  const out = new Uint32Array(view.width * view.height);
  rasterizeSets({ ...scene, view, ratio: 1, palette }, out);
  return out;
}

/** Colours, with those of patterns, by what they mean. */
const meaning = new Map<number, Belongs>();
for (const belongs of [Belongs.OnlyA, Belongs.OnlyB, Belongs.Both]) {
  for (let x = 0; x < 8; x++) meaning.set(palette.at(belongs, x, 0), belongs);
}
const shown = (out: Uint32Array): Set<Belongs> =>
  new Set([...out].flatMap((pixel) => meaning.get(pixel) ?? []));

describe('the map of a comparison', () => {
  it('shows every kind that there is, from any distance, and none that there is not', () => {
    fc.assert(
      fc.property(
        vmasArbitrary,
        fc.uniqueArray(fc.constantFrom(Belongs.OnlyA, Belongs.OnlyB, Belongs.Both), { maxLength: 3 }),
        fc.nat(),
        (vmas, kinds, seed) => {
          const layout = new BandLayout(vmas);
          const vma = vmas[seed % vmas.length];
          if (!vma) return;
          const start = vma.start + (seed % (vma.end - vma.start));
          const pages = new Map(
            kinds.map((kind, i) => [vma.start + ((start - vma.start + i * 7) % (vma.end - vma.start)), kind]),
          );
          const out = paint({ layout, camera: fitAll(layout, view), tiles: tilesOf(pages) });
          const wanted = new Set(pages.values());
          // Kinds in one pixel take turns with the neighbours, and a lone pixel has none.
          if (pages.size === 1) expect(shown(out)).toEqual(wanted);
          for (const kind of shown(out)) expect(wanted).toContain(kind);
          expect(shown(out).size > 0).toBe(pages.size > 0);
        },
      ),
      { seed: 6, numRuns: 60 },
    );
  });

  it('one page among four million has its pixel', () => {
    const layout = new BandLayout([vmaOf(0, 2 ** 22)]);
    const camera = fitAll(layout, view);
    for (const page of [0, 123_457, 2 ** 22 - 1]) {
      const out = paint({ layout, camera, tiles: tilesOf(new Map([[page, Belongs.OnlyB]])) });
      expect(shown(out)).toEqual(new Set([Belongs.OnlyB]));
    }
  });

  it('a magnified page is at the position of the map', () => {
    const layout = new BandLayout([vmaOf(0, 4096)]);
    const camera = fitRange(layout, view, 1000, 1008);
    const out = paint({ layout, camera, tiles: tilesOf(new Map([[1003, Belongs.Both]])) });
    const rect = rectOf(layout, camera, view, 1003);
    if (!rect) throw new Error('not in view');
    const at = (x: number, y: number): number => out[Math.floor(y) * view.width + Math.floor(x)] ?? 0;
    const middle = rect.y + rect.height / 2;
    expect(meaning.get(at(rect.x + rect.width / 2, middle))).toBe(Belongs.Both);
    expect(at(rect.x - 2, middle)).toBe(palette.ground);
    expect(at(rect.x + rect.width + 2, middle)).toBe(palette.ground);
  });
});
