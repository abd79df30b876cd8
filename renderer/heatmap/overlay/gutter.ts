import { formatPage, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { rangePages } from '#shared/memory/range.ts';
import { type Vma, firstEndingAfter } from '#shared/memory/vma.ts';
import { distinctDigits, distinctStartDigits } from '../../ui/address-digits.ts';
import { tailLength } from '../../ui/name-tail.ts';
import { type BandLayout, scaleOf } from '../geometry/band-layout.ts';
import type { Viewport } from '../geometry/camera.ts';
import type { OverlayColours, OverlayScene } from './scene.ts';
import type { Pen } from './pen.ts';

const LINE = 14;
const PAD = 8;
/** From this width on a name has an address beside it; below it is alone. */
const ADDRESS_FROM = 132;
/** Room that a name wants before the address is shortened. */
const NAME_ROOM = 120;

/** Digits at the end in which the addresses of a layout's mappings differ, and those of its rows. */
interface Digits {
  readonly mappings: number;
  readonly rows: number;
}

const digitsByLayout = new WeakMap<BandLayout, Digits>();

function digitsOf(layout: BandLayout): Digits {
  const known = digitsByLayout.get(layout);
  if (known) return known;
  const digits = {
    mappings: distinctStartDigits(layout.vmas.map(({ start }) => start)),
    rows: distinctDigits(
      layout.segments.map(({ firstTile, rows }) => ({
        start: firstTile * PAGES_PER_TILE,
        end: (firstTile + rows) * PAGES_PER_TILE,
      })),
    ),
  };
  digitsByLayout.set(layout, digits);
  return digits;
}

type LabelScene = Pick<OverlayScene, 'layout' | 'camera' | 'view'>;

interface Label {
  readonly vma: Vma;
  readonly y: number;
}

/** Width of the labels at the left of a view of `width`, in CSS pixels. */
export const gutterWidth = (width: number): number => (width >= 660 ? 216 : width >= 460 ? 156 : 104);

/** Addresses and names at the left of the bands. A label is left out if it would touch another; large VMAs go first. */
export function drawGutter(scene: OverlayScene): void {
  const { context, colours, view, gutter } = scene;
  context.fillStyle = colours.hairline;
  context.fillRect(gutter - 1, 0, 1, view.height);
  const free = freeLines(view);
  for (const { vma, y } of placedLabels(scene, free)) drawLabel(scene, vma, y);
  drawRowAddresses(scene, free);
}

/** The mapping whose label is at height `y` of the gutter; null if there is none. */
export function labelledVma(scene: LabelScene, y: number): Vma | null {
  const labels = placedLabels(scene, freeLines(scene.view));
  return labels.find((label) => y >= label.y && y < label.y + LINE)?.vma ?? null;
}

/** Takes the lines that a label at height `y` needs; false if one of them is taken already. */
function freeLines({ height }: Viewport): (y: number) => boolean {
  const taken = new Uint8Array(Math.ceil(height) + LINE);
  return (y) => {
    const from = Math.max(0, Math.floor(y));
    if (y + LINE > height + 4) return false;
    if (taken.subarray(from, from + LINE).some((used) => used === 1)) return false;
    taken.fill(1, from, from + LINE);
    return true;
  };
}

/** The labels of mappings that have room, the largest mapping first. */
function placedLabels(scene: LabelScene, free: (y: number) => boolean): Label[] {
  return labelsOf(scene)
    .sort((a, b) => rangePages(b.vma) - rangePages(a.vma))
    .filter(({ y }) => free(y));
}

/** The VMAs in view, each where its first row is; one that began above keeps its label at the view's top. */
function labelsOf({ layout, camera, view }: LabelScene): Label[] {
  const scale = scaleOf(camera.row);
  const labels: Label[] = [];
  const topSegment = layout.segments[Math.max(0, layout.segmentAt(camera.y, scale))];
  if (!topSegment) return labels;
  const hidden = Math.max(0, Math.floor((camera.y - layout.top(topSegment, scale)) / scale.row));
  const firstPage = (topSegment.firstTile + Math.min(hidden, topSegment.rows - 1)) * PAGES_PER_TILE;
  for (let i = firstEndingAfter(layout.vmas, firstPage); i < layout.vmas.length; i++) {
    const vma = layout.vmas[i];
    if (!vma) break;
    const top = layout.yOf(vma.start, scale) - camera.y;
    if (top >= view.height) break;
    const bottom = layout.yOf(vma.end - 1, scale) + scale.row - camera.y;
    labels.push({ vma, y: Math.min(Math.max(top, 0), Math.max(top, bottom - LINE)) });
  }
  return labels;
}

/** The name, and its address at the right: whole if the name has room beside it, else its last digits, else none. */
function drawLabel({ context, colours, gutter, layout }: OverlayScene, vma: Vma, y: number): void {
  drawGutterLabel(context, colours, gutter, vma, vma.start, digitsOf(layout).mappings, y);
}

/**
 * Name and address, in page numbers, of a mapping or a part of it whose first line is at `y`; if there is no room, the
 * last `digits` of the address.
 */
export function drawGutterLabel(
  context: Pen,
  colours: Pick<OverlayColours, 'text' | 'dim' | 'faint' | 'sans' | 'mono'>,
  gutter: number,
  vma: Vma | undefined,
  start: number,
  digits: number,
  y: number,
): void {
  const baseline = y + 11;
  context.font = `11px ${colours.sans}`;
  const name = vma ? shortName(vma) : '';
  const wanted = Math.min(NAME_ROOM, context.measureText(name).width);
  const address = formatPage(start);
  context.font = `11px ${colours.mono}`;
  let width = 0;
  if (gutter >= ADDRESS_FROM) {
    const isTight = gutter - context.measureText(address.slice(2)).width - PAD * 3 < wanted;
    width =
      drawAddress(context, colours.text, colours.faint, address, digits, gutter - PAD, baseline, isTight) +
      PAD;
  }
  context.font = `11px ${colours.sans}`;
  context.textAlign = 'left';
  context.fillStyle = colours.dim;
  const room = gutter - width - PAD * 2;
  const fitting = context.measureText(name).width <= room ? name : bareName(name);
  context.fillText(elideMiddle(context, fitting, room), PAD, baseline);
}

/** Addresses of single rows, if there is room between the labels. */
function drawRowAddresses(scene: OverlayScene, free: (y: number) => boolean): void {
  const { context, colours, layout, camera, view, gutter } = scene;
  const scale = scaleOf(camera.row);
  // Every row, or every 2nd, 4th, 8th …, with at least two lines in between.
  const step = 2 ** Math.max(0, Math.ceil(Math.log2((LINE * 2) / scale.row)));
  context.font = `11px ${colours.mono}`;
  for (let s = Math.max(0, layout.segmentAt(camera.y, scale)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment) break;
    const top = layout.top(segment, scale) - camera.y;
    if (top >= view.height) break;
    if (segment.rows * scale.row < LINE * 3) continue;
    const first = Math.max(0, Math.floor(-top / scale.row));
    const offset = (step - ((segment.firstTile + first) % step)) % step;
    for (let row = first + offset; row < segment.rows; row += step) {
      const y = top + row * scale.row;
      if (y >= view.height) break;
      if (y < 0 || !free(y)) continue;
      const address = formatPage((segment.firstTile + row) * PAGES_PER_TILE);
      const isTight = gutter < ADDRESS_FROM;
      const digits = digitsOf(layout).rows;
      drawAddress(context, colours.faint, colours.faint, address, digits, gutter - PAD, y + 11, isTight);
    }
  }
}

/** An address that ends at `right`, what is before its last `count` digits dimmed, or an ellipsis. @returns its width */
function drawAddress(
  context: Pen,
  strong: string,
  dim: string,
  address: string,
  count: number,
  right: number,
  baseline: number,
  isShort: boolean,
): number {
  const digits = address.slice(2);
  const cut = Math.max(0, digits.length - count);
  const head = isShort && cut > 0 ? '…' : digits.slice(0, cut);
  const tail = digits.slice(cut);
  context.textAlign = 'right';
  context.fillStyle = strong;
  context.fillText(tail, right, baseline);
  const tailWidth = context.measureText(tail).width;
  context.fillStyle = dim;
  context.fillText(head, right - tailWidth, baseline);
  return tailWidth + context.measureText(head).width;
}

/** A VMA's name as briefly as it can be known: a file's last part, `[heap]`, its kind. */
export function shortName(vma: Vma): string {
  if (vma.name !== '')
    return vma.name.startsWith('[') ? vma.name : vma.name.slice(vma.name.lastIndexOf('/') + 1);
  return vma.kind === 'anon-shared' ? 'shared anon' : 'anon';
}

/** What a program called its memory, without the kernel's brackets around it: `[anon:entity positions]` is `entity positions`. */
function bareName(name: string): string {
  return /^\[anon(?:_shmem)?:(.+)\]$/.exec(name)?.[1] ?? name;
}

/** `text`, with an ellipsis in its middle if it is wider than `width` in the pen's face. */
function elideMiddle(context: Pen, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const kept = tailLength(text);
  if (kept === 0) return elide(context, text, width);
  const tail = text.slice(-kept);
  for (let length = text.length - kept - 1; length >= kept - 1; length--) {
    const shortened = `${text.slice(0, length).trimEnd()}…${tail}`;
    if (context.measureText(shortened).width <= width) return shortened;
  }
  return elide(context, text, width);
}

/** `text`, cut if it is wider than `width` in the pen's face. */
export function elide(context: Pen, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return length > 1 ? `${text.slice(0, length)}…` : '';
}
