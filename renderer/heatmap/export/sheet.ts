import { formatPage, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { formatCount, formatPages, plural } from '../../ui/format.ts';
import { LEGEND_ENTRIES, type LegendEntry, samplePixel } from '../description/legend-entries.ts';
import type { ClassScale, RampScale } from '../../data/page-colouring.ts';
import type { MapStill } from './map-still.ts';
import { cssOf, type Palette } from '../paint/palette.ts';
import type { Pen } from '../overlay/pen.ts';

const PAD = 16;
const LINE = 18;
const HEAD = 3 * LINE + PAD + 8;
const RAMP = { width: 200, height: 10 };
const SAMPLE = 12;
const GAP = 28;
const ROW = 24;

/** The layout of a picture for print or a report: caption, map with its labels, legend. CSS pixels. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** Left top of the labels; the map begins `still.gutter` further right. */
  readonly map: { readonly x: number; readonly y: number };
  /** Colours of classes instead of a ramp, each with its top left corner. */
  readonly classes: readonly {
    readonly at: number;
    readonly text: string;
    readonly x: number;
    readonly y: number;
  }[];
  readonly legend: readonly PlacedEntry[];
}

interface PlacedEntry {
  readonly entry: LegendEntry;
  readonly x: number;
  readonly y: number;
}

export function layOut(still: MapStill, pen: Pen): Sheet {
  const width = still.gutter + still.view.width + 2 * PAD;
  const legendY = HEAD + still.view.height + PAD;
  pen.font = `11px ${still.colours.sans}`;
  const legend: PlacedEntry[] = [];
  const { scale } = still;
  const isRamp = scale.kind === 'ramp';
  const beside = PAD + titleWidth(scale.title) + (isRamp ? RAMP.width + GAP : 0);
  let [x, y] = [beside, legendY];
  const room = (text: string): number => SAMPLE + 6 + pen.measureText(text).width + 18;
  /** The next place in the legend; lines after the first begin at `left`. */
  const place = (text: string, left: number): { x: number; y: number } => {
    if (x + room(text) > width - PAD && x > left) [x, y] = [left, y + ROW];
    const at = { x, y };
    x += room(text);
    return at;
  };
  const classes = isRamp ? [] : scale.classes.map((one) => ({ ...one, ...place(one.text, PAD) }));
  if (!isRamp) [x, y] = [PAD, y + ROW];
  const left = isRamp && beside < width / 2 ? beside : PAD;
  for (const entry of LEGEND_ENTRIES) {
    legend.push({ entry, ...place(entry.text, left) });
  }
  return { width, height: y + ROW + PAD, map: { x: PAD, y: HEAD }, classes, legend };
}

/** Draws all but the map's pages, which `drawPages` puts where the sheet has them, under the labels. */
export function drawSheet(pen: Pen, still: MapStill, sheet: Sheet, drawPages: () => void): void {
  const { colours } = still;
  pen.fillStyle = colours.background;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  drawCaption(pen, still);
  drawPages();
  pen.save();
  pen.translate(sheet.map.x, sheet.map.y);
  still.drawLabels(pen);
  pen.restore();
  pen.strokeStyle = colours.hairline;
  pen.lineWidth = 1;
  pen.setLineDash([]);
  const { view, gutter } = still;
  pen.strokeRect(sheet.map.x - 0.5, sheet.map.y - 0.5, gutter + view.width + 1, view.height + 1);
  const { scale } = still;
  if (scale.kind === 'ramp') drawHeat(pen, still, scale, HEAD + view.height + PAD);
  else drawClasses(pen, still, scale, sheet);
  for (const placed of sheet.legend) drawEntry(pen, still, placed);
}

/** Caption of the picture, in three lines. */
export function captionOf(still: MapStill): string[] {
  const { title, detail, form, range, mode, written, mapped, sequence, time } = still;
  const how =
    form === 'bands' ? `${formatPages(PAGES_PER_TILE)} per row` : 'along a Hilbert curve from the top left';
  const shown = range ? `${formatPage(range.start)} – ${formatPage(range.end)}, ${how}` : '';
  const meaning = mode === 'hold' ? 'since the last clear' : 'in the last sample';
  return [
    [title, detail].filter((part) => part !== '').join(' · '),
    `Address map: ${shown}`,
    `${plural(written, 'page')} written ${meaning} (${formatPages(written)}) of ${formatPages(mapped)} mapped · ` +
      `sample ${formatCount(sequence)} at ${(time / 1000).toFixed(2)} s`,
  ];
}

function drawCaption(pen: Pen, still: MapStill): void {
  const { colours } = still;
  pen.textAlign = 'left';
  captionOf(still).forEach((line, i) => {
    pen.font = i === 0 ? `600 14px ${colours.sans}` : `12px ${colours.sans}`;
    pen.fillStyle = i === 0 ? colours.text : colours.dim;
    pen.fillText(line, PAD, PAD + 12 + i * LINE);
  });
}

/** Pixels of a letter of the scale's title, rather too many than too few. */
const TITLE_WIDTH = 6.5;

/** Height of the title with the gap below it; 0 without a title. */
const titleWidth = (title: string): number =>
  title === '' ? 0 : Math.max(92, title.length * TITLE_WIDTH + GAP);

function drawHeat(pen: Pen, { colours, palette }: MapStill, scale: RampScale, y: number): void {
  pen.font = `11px ${colours.sans}`;
  pen.fillStyle = colours.dim;
  pen.fillText(scale.title, PAD, y + 10);
  const x = PAD + titleWidth(scale.title);
  for (let i = 0; i < RAMP.width; i += 2) {
    const share = scale.from + (1 - scale.from) * (i / (RAMP.width - 2));
    const rgb = palette.ramp[Math.round(share * (palette.ramp.length - 1))];
    if (rgb) pen.fillStyle = cssOf(rgb);
    pen.fillRect(x + i, y, 2, RAMP.height);
  }
  pen.fillStyle = colours.faint;
  pen.font = `10px ${colours.sans}`;
  scale.ticks.forEach(({ at, text }, i) => {
    pen.textAlign = i === 0 ? 'left' : i === scale.ticks.length - 1 ? 'right' : 'center';
    pen.fillText(text, x + at * RAMP.width, y + RAMP.height + 11);
  });
  pen.textAlign = 'left';
}

function drawClasses(pen: Pen, { colours, palette }: MapStill, { title }: ClassScale, sheet: Sheet): void {
  pen.font = `11px ${colours.sans}`;
  pen.fillStyle = colours.dim;
  const [first] = sheet.classes;
  if (first) pen.fillText(title, PAD, first.y + 10);
  for (const { at, text, x, y } of sheet.classes) {
    const rgb = palette.ramp[Math.round(at * (palette.ramp.length - 1))];
    if (rgb) pen.fillStyle = cssOf(rgb);
    pen.fillRect(x, y, SAMPLE, SAMPLE);
    pen.fillStyle = colours.dim;
    pen.fillText(text, x + SAMPLE + 6, y + 10);
  }
}

function drawEntry(pen: Pen, { colours, palette }: MapStill, { entry, x, y }: PlacedEntry): void {
  pen.strokeStyle = colours.seam;
  if (entry.kind === 'outline') {
    pen.strokeStyle = colours.dim;
    pen.setLineDash(entry.split ? [3, 2] : []);
  } else {
    drawSample(pen, palette, entry.swatch, x, y);
  }
  pen.strokeRect(x + 0.5, y + 0.5, SAMPLE - 1, SAMPLE - 1);
  pen.setLineDash([]);
  pen.fillStyle = colours.dim;
  pen.font = `11px ${colours.sans}`;
  pen.fillText(entry.text, x + SAMPLE + 6, y + 10);
}

function drawSample(
  pen: Pen,
  palette: Palette,
  swatch: Parameters<typeof samplePixel>[1],
  left: number,
  top: number,
): void {
  for (let y = 0; y < SAMPLE; y++) {
    for (let x = 0; x < SAMPLE;) {
      const pixel = samplePixel(palette, swatch, x, y);
      let end = x + 1;
      while (end < SAMPLE && samplePixel(palette, swatch, end, y) === pixel) end++;
      pen.fillStyle = cssOf([pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255]);
      pen.fillRect(left + x, top + y, end - x, 1);
      x = end;
    }
  }
}
