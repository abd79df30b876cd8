import { IntervalState } from '#shared/contract/write-history.ts';
import { type Palette, swatchIndex, SWATCHES } from '../../heatmap/paint/palette.ts';
import type { HistoryRead } from './written-history.ts';

/** Device pixels from one line of the hatching to the next. */
const HATCH = 6;

/** What a column of device pixels has. */
const Column = { NoData: 0, Known: 1, Damaged: 2 } as const;

/** Paints what was read as 32-bit pixels, a column of device pixels after the other. */
export class GridPainter {
  private heat = new Uint8Array(0);
  private columns = new Uint8Array(0);

  /**
   * @param out width × height pixels
   * @param xOf device pixels from the left edge for a time in ms
   */
  paint(
    out: Uint32Array,
    width: number,
    height: number,
    read: HistoryRead | null,
    palette: Palette,
    heats: (count: number) => number,
    xOf: (time: number) => number,
  ): void {
    if (this.heat.length !== width * height) this.heat = new Uint8Array(width * height);
    if (this.columns.length !== width) this.columns = new Uint8Array(width);
    this.heat.fill(0);
    this.columns.fill(Column.NoData);
    if (read) this.collect(width, read, heats, xOf);
    out.fill(palette.pixels[swatchIndex.canvas] ?? 0);
    if (read) this.ground(out, width, height, read, palette);
    for (let i = 0; i < this.heat.length; i++) {
      const heat = this.heat[i] ?? 0;
      if (heat > 0) out[i] = palette.pixels[SWATCHES.length + heat] ?? 0;
    }
  }

  /** Where several intervals share a pixel the hottest shows, so that none hides another. */
  private collect(
    width: number,
    read: HistoryRead,
    heats: (count: number) => number,
    xOf: (time: number) => number,
  ): void {
    const { heat, columns } = this;
    const { starts, offsets, cells, counts } = read.reply;
    const { rows } = read.query.buckets;
    for (let i = 0; i < starts.length; i++) {
      const { start, end, state } = read.interval(i);
      if (state === IntervalState.Unread) continue;
      const from = Math.max(0, Math.floor(xOf(start)));
      const to = Math.min(width, Math.max(Math.floor(xOf(start)) + 1, Math.floor(xOf(end))));
      if (to <= from) continue;
      columns.fill(state === IntervalState.Read ? Column.Known : Column.Damaged, from, to);
      for (let at = offsets[i] ?? 0; at < (offsets[i + 1] ?? 0); at++) {
        const value = heats(counts[at] ?? 0);
        const bucket = cells[at] ?? 0;
        for (let row = rows[2 * bucket] ?? 0; row < (rows[2 * bucket + 1] ?? 0); row++)
          raise(heat, value, row * width + from, row * width + to);
      }
    }
  }

  /** Cells with pages are plain if it is known what was written, hatched if not. */
  private ground(out: Uint32Array, width: number, height: number, read: HistoryRead, palette: Palette): void {
    const { axis } = read.query;
    const ratio = height / Math.max(1, axis.length);
    const [canvas, plain, line] = [swatchIndex.canvas, swatchIndex.untouched, swatchIndex.hatch].map(
      (swatch) => palette.pixels[swatch] ?? 0,
    ) as [number, number, number];
    for (const span of axis.spans) {
      const top = Math.floor(axis.top(span) * ratio);
      const bottom = Math.min(
        height,
        Math.ceil((axis.top(span) + (span.end - span.start) * axis.scale) * ratio),
      );
      for (let y = top; y < bottom; y++) {
        for (let x = 0; x < width; x++) {
          const hatched = this.columns[x] !== Column.Known;
          out[y * width + x] = !hatched ? plain : (x + y) % HATCH === 0 ? line : canvas;
        }
      }
    }
  }
}

/** Raises what is below `value` in [from, to) to it. */
function raise(heat: Uint8Array, value: number, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    if (value > (heat[at] ?? 0)) heat[at] = value;
  }
}
