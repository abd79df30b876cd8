import { RAMP, rampIndex } from '../../colour-maps.ts';
import { ENTRY_PLANES, GROUP_WORDS, MAPPED, ROW_PAGES, ROW_WORDS } from '../../../rows/packed-row.ts';
import { SWATCHES, swatchIndex } from '../../palette.ts';
import { Plane } from '#shared/memory/plane.ts';
import { RowFlag } from '../../../rows/row-batch.ts';
import { endColumn, firstColumn, isEdge, LINE_FROM, type Scene } from '../../scene.ts';

const planes = new Uint32Array(ROW_WORDS);
const times = new Uint32Array(ROW_PAGES);
const RAMP_AT = SWATCHES.length;
const HOT_AT = RAMP_AT + RAMP;
const bit = (plane: number): number => 1 << plane;

/** The simple painter that the fast one is compared with: 32-bit pixels, width × height, top down. */
export function referenceRaster(scene: Scene, out: Uint32Array): void {
  const { width, height, rows, palette, columns } = scene;
  const { pixels } = palette;
  const canvas = pixels[swatchIndex.canvas] ?? 0;
  out.fill(canvas, 0, width * height);
  for (let i = 0; i < rows.count; i++) {
    const top = rows.y[i] ?? 0;
    const high = rows.height[i] ?? 0;
    const first = Math.max(0, top);
    const last = Math.min(height, top + high);
    if (first >= last) continue;
    const slot = rows.slot[i] ?? -1;
    if (slot >= 0) scene.bank.copy(slot, planes, 0, times, 0);
    else {
      planes.fill(0);
      times.fill(0);
    }
    const lined = high >= LINE_FROM;
    const to = rows.to[i] ?? 0;
    const from = rows.from[i] ?? 0;
    const flags = rows.flags[i] ?? 0;
    for (let px = 0; px < width; px++) {
      const entry = columns[px] ?? 0;
      const begin = firstColumn(entry);
      const end = endColumn(entry);
      // A pixel that two VMAs share is checked as a whole, so that neither hides the other.
      if (begin >= to || end <= from || begin >= end || isEdge(entry)) continue;
      const style = styleOf(begin, end, flags, scene);
      if (style < 0) continue;
      for (let py = first; py < last; py++) {
        if (lined && py === top + high - 1) continue;
        out[py * width + px] = pixels[patterned(style, px, (py + scene.above) % 12, flags)] ?? 0;
      }
    }
  }
}

/** Index into the palette's pixels for columns `begin` … `end` - 1 of the loaded row; -1: nothing is mapped there. */
function styleOf(begin: number, end: number, flags: number, { hold, now }: Scene): number {
  let mask = 0;
  let time = 0;
  for (let column = begin; column < end; column++) {
    const group = (column >>> 5) * GROUP_WORDS;
    const shift = column & 31;
    for (let plane = 0; plane < GROUP_WORDS; plane++) {
      mask |= (((planes[group + plane] ?? 0) >>> shift) & 1) << plane;
    }
    time = Math.max(time, times[column] ?? 0);
  }
  if ((flags & RowFlag.Joined) !== 0 && (mask & bit(MAPPED)) === 0) return -1;
  const hot = (mask & bit(Plane.Hot)) !== 0;
  if (hot || (hold ? (mask & bit(Plane.Written)) !== 0 : time > 0)) {
    return (hot ? HOT_AT : RAMP_AT) + (time === 0 ? 0 : Math.min(RAMP - 1, rampIndex(now - (time - 1))));
  }
  if ((mask & bit(Plane.Touched)) !== 0) return swatchIndex.touched;
  if ((mask & bit(Plane.Gone)) !== 0) return swatchIndex.gone;
  const newHole = (flags & RowFlag.SoftDirty) !== 0 && (mask & ENTRY_PLANES) === 0;
  if (newHole || (mask & bit(Plane.Fresh)) !== 0) return swatchIndex.fresh;
  if ((mask & bit(Plane.Swapped)) !== 0) return swatchIndex.swapped;
  if ((mask & bit(Plane.Guard)) !== 0) return swatchIndex.guard;
  if ((mask & bit(Plane.Zero)) !== 0) return swatchIndex.zero;
  return (mask & bit(Plane.Present)) !== 0 ? swatchIndex.present : swatchIndex.untouched;
}

/** The mark in place of the surface, if a pattern has one: colour is never the only sign. */
function patterned(style: number, x: number, y: number, flags: number): number {
  if (style >= HOT_AT) return ((x >> 1) & 1) === ((y >> 1) & 1) ? swatchIndex.hotMark : style - RAMP;
  if (style >= RAMP_AT) return style;
  if (style === swatchIndex.touched) return y % 4 === 0 ? swatchIndex.touchedMark : style;
  if (style === swatchIndex.gone) {
    const dot = (x % 4 === 0 && y % 4 === 0) || (x % 4 === 2 && y % 4 === 2);
    return dot ? swatchIndex.goneMark : style;
  }
  if (style === swatchIndex.fresh) return (x + y) % 6 < 2 ? swatchIndex.freshMark : style;
  if (style === swatchIndex.swapped) return x % 3 === 0 && y % 3 === 0 ? swatchIndex.swappedMark : style;
  if (style === swatchIndex.guard) return x % 4 === 0 ? swatchIndex.guardMark : style;
  if ((flags & RowFlag.Untracked) !== 0 && (x - y + 0x10002) % 6 === 0) return swatchIndex.hatch;
  return style;
}
