import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { type Camera, columnWidth, type Viewport } from '../../heatmap/geometry/camera.ts';
import {
  type BandLayout,
  forEachPart,
  scaleOf,
  separatorHeight,
} from '../../heatmap/geometry/band-layout.ts';
import { Belongs, type ComparedTiles } from '../../data/compared-tiles.ts';
import { firstEndingAfter } from '#shared/memory/vma.ts';
import type { SetPalette } from './set-palette.ts';

export interface SetScene {
  readonly layout: BandLayout;
  readonly camera: Camera;
  readonly view: Viewport;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
  readonly tiles: ComparedTiles;
  readonly palette: SetPalette;
}

const KINDS = [Belongs.OnlyA, Belongs.OnlyB, Belongs.Both] as const;

/**
 * Paints the sets, a row per tile as on the address map. A pixel of several pages shows every kind that is
 * among them, in turn with its neighbours, so that a single page is seen from any distance.
 * @param out width × height device pixels
 */
export function rasterizeSets(scene: SetScene, out: Uint32Array): void {
  const { layout, camera, view, ratio, palette } = scene;
  const width = Math.round(view.width * ratio);
  const height = Math.round(view.height * ratio);
  const single = camera.row * ratio >= 1;
  const masks = new Uint32Array(3 * WORDS_PER_TILE);
  const mapped = new Uint32Array(WORDS_PER_TILE);
  const columns = columnsOf(scene, width);
  const kinds: Belongs[] = [];
  out.fill(palette.canvas);
  let drawn = -1;
  for (let y = 0; y < height; y++) {
    const top = camera.y + (single ? y + 0.5 : y) / ratio;
    const bottom = single ? top : camera.y + (y + 1) / ratio;
    const tiles = tilesBetween(layout, camera, top, bottom);
    if (tiles.length === 0) {
      drawn = -1;
      continue;
    }
    // A line between rows, if there is room for one.
    const place = single && camera.row >= 5 ? layout.rowAt(top + 1 / ratio, scaleOf(camera.row)) : null;
    const lined = single && camera.row >= 5 && place?.row !== rowOf(layout, camera, top);
    if (tiles.length !== 1 || tiles[0] !== drawn) {
      masks.fill(0);
      mapped.fill(0);
      for (const tile of tiles) {
        scene.tiles.join(tile, masks);
        const first = firstEndingAfter(layout.vmas, tile * PAGES_PER_TILE);
        forEachPart(layout.vmas, first, tile, (_vma, from, to) => setBits(mapped, from, to));
      }
      drawn = tiles.length === 1 ? (tiles[0] ?? -1) : -1;
    }
    if (lined) continue;
    for (let x = 0; x < width; x++) {
      const from = columns.from[x] ?? 0;
      const to = columns.to[x] ?? 0;
      kinds.length = 0;
      for (const kind of KINDS) {
        if (anyBit(masks, (kind - 1) * WORDS_PER_TILE, from, to)) kinds.push(kind);
      }
      if (kinds.length > 0) {
        out[y * width + x] = palette.at(kinds[(x + y) % kinds.length] ?? Belongs.Nowhere, x, y);
      } else if (anyBit(mapped, 0, from, to)) out[y * width + x] = palette.ground;
    }
  }
}

/** Columns of pages in each pixel across. */
function columnsOf({ camera, view, ratio }: SetScene, width: number): { from: Uint16Array; to: Uint16Array } {
  const column = columnWidth(camera.row, view) * ratio;
  const from = new Uint16Array(width);
  const to = new Uint16Array(width);
  for (let x = 0; x < width; x++) {
    const left = (camera.x * ratio + x) / column;
    const first = Math.floor(column >= 1 ? left + 0.5 / column : left);
    from[x] = Math.min(PAGES_PER_TILE, Math.max(0, first));
    const end = column >= 1 ? first + 1 : Math.ceil((camera.x * ratio + x + 1) / column);
    to[x] = Math.min(PAGES_PER_TILE, Math.max(0, end));
  }
  return { from, to };
}

function rowOf(layout: BandLayout, camera: Camera, y: number): number | undefined {
  return layout.rowAt(y, scaleOf(camera.row))?.row;
}

/** Tiles with rows between two heights. */
function tilesBetween(layout: BandLayout, camera: Camera, top: number, bottom: number): number[] {
  const scale = scaleOf(camera.row);
  if (top === bottom) {
    const place = layout.rowAt(top, scale);
    return place ? [place.segment.firstTile + place.row] : [];
  }
  const tiles: number[] = [];
  for (let s = Math.max(0, layout.segmentAt(top, scale)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment) break;
    const y = layout.top(segment, scale);
    if (y - separatorHeight(segment, scale) >= bottom) break;
    const first = Math.max(0, Math.floor((top - y) / scale.row));
    const end = Math.min(segment.rows, Math.ceil((bottom - y) / scale.row));
    for (let row = first; row < end; row++) tiles.push(segment.firstTile + row);
  }
  return tiles;
}

function setBits(words: Uint32Array, from: number, to: number): void {
  for (let bit = from; bit < to;) {
    if ((bit & 31) === 0 && bit + 32 <= to) {
      words[bit >>> 5] = 0xffffffff;
      bit += 32;
    } else {
      words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31));
      bit++;
    }
  }
}

/** Whether any of bits `from` … `to` - 1 is set. */
function anyBit(words: Uint32Array, at: number, from: number, to: number): boolean {
  for (let w = from >>> 5; w * 32 < to; w++) {
    const head = from > w * 32 ? -1 << (from - w * 32) : -1;
    const tail = to < w * 32 + 32 ? (1 << (to - w * 32)) - 1 : -1;
    if (((words[at + w] ?? 0) & head & tail) !== 0) return true;
  }
  return false;
}
