import { Plane } from '#shared/memory/plane.ts';
import { ageOfHeat, HEAT_WINDOW } from '../../data/heat.ts';
import { RAMP, rampIndex } from './colour-maps.ts';
import { ENTRY_PLANES, MAPPED } from '../rows/packed-row.ts';
import { SWATCHES, type Swatch, swatchIndex } from './palette.ts';
import { RowFlag } from '../rows/row-batch.ts';

/** Styles are indexes into a palette's pixels: swatches first, then the ramp; but see HOT_AT. */
export const RAMP_AT = SWATCHES.length;
/** From here on the ramp again, with the marks of hot pages: they keep the heat of the last write that is known. */
export const HOT_AT = RAMP_AT + RAMP;
/** The style of unmapped addresses: the canvas shows through. */
export const NOTHING = swatchIndex.canvas;

const bit = (plane: number): number => 1 << plane;
const has = (mask: number, plane: number): boolean => (mask & bit(plane)) !== 0;

/** The style of a page that is not shown as written: the same rules as in the shader, in the same order. */
function restingLook(mask: number, flags: number): number {
  if ((flags & RowFlag.Joined) !== 0 && !has(mask, MAPPED)) return NOTHING;
  // Events of a page take precedence over its state, because they are brief.
  if (has(mask, Plane.Touched)) return swatchIndex.touched;
  if (has(mask, Plane.Gone)) return swatchIndex.gone;
  const newHole = (flags & RowFlag.SoftDirty) !== 0 && (mask & ENTRY_PLANES) === 0;
  if (newHole || has(mask, Plane.Fresh)) return swatchIndex.fresh;
  if (has(mask, Plane.Swapped)) return swatchIndex.swapped;
  if (has(mask, Plane.Guard)) return swatchIndex.guard;
  if (has(mask, Plane.Zero)) return swatchIndex.zero;
  return has(mask, Plane.Present) ? swatchIndex.present : swatchIndex.untouched;
}

const MASKS = 2048;

/** `RESTING[flags * 2048 + mask]`: look of a page with these planes in a row with these flags. */
export const RESTING = Uint8Array.from({ length: MASKS * 8 }, (_, i) =>
  restingLook(i % MASKS, Math.floor(i / MASKS)),
);
export const restingRow = (flags: number): number => (flags & 7) * MASKS;

/** Index into the ramp for each whole millisecond of age up to HEAT_WINDOW. */
export const HEAT_STEPS = Uint8Array.from({ length: HEAT_WINDOW + 1 }, (_, age) =>
  Math.min(RAMP - 1, rampIndex(age)),
);

/** Age from which on a page at this step of the ramp looks older: until then it need not be painted again. */
export const STEP_ENDS = Float64Array.from({ length: RAMP }, (_, step) => {
  if (step === 0) return Infinity;
  let age = Math.max(0, Math.floor(ageOfHeat(step / (RAMP - 1))) - 1);
  while (age <= HEAT_WINDOW && (HEAT_STEPS[age] ?? 0) >= step) age++;
  return age;
});

/** Among styles: one of a hot page. */
export const HOT_SEEN = 1 << swatchIndex.hotMark;
const MARKED = ['fresh', 'swapped', 'guard', 'touched', 'gone'].reduce(
  (bits, name) => bits | (1 << swatchIndex[name as Swatch]),
  HOT_SEEN,
);

/** A style as a bit for `hasPattern`. */
export const seenBit = (style: number): number =>
  style >= HOT_AT ? HOT_SEEN : style >= RAMP_AT ? 0 : 1 << style;

/** Index into a palette's pixels of the colour below a style's marks. */
export const surfaceOf = (style: number): number => (style >= HOT_AT ? style - RAMP : style);

/** Whether pixels depend on where they are, among styles (a bit each of those that are no heat) of a row with `flags`. */
export function hasPattern(styles: number, flags: number): boolean {
  return (styles & MARKED) !== 0 || ((flags & RowFlag.Untracked) !== 0 && (styles & ~(1 << NOTHING)) !== 0);
}

/** Lines after which every pattern repeats. */
export const PATTERN_LINES = 12;

/** The mark in place of the surface, if a pattern has one: colour is never the only sign. */
export function patterned(style: number, x: number, y: number, flags: number): number {
  if (style >= HOT_AT) return ((x >> 1) + (y >> 1)) % 2 === 0 ? swatchIndex.hotMark : style - RAMP;
  if (style >= RAMP_AT || style === NOTHING) return style;
  if (style === swatchIndex.touched) return y % 4 === 0 ? swatchIndex.touchedMark : style;
  if (style === swatchIndex.gone) return x % 4 === y % 4 && x % 2 === 0 ? swatchIndex.goneMark : style;
  if (style === swatchIndex.fresh) return (x + y) % 6 < 2 ? swatchIndex.freshMark : style;
  if (style === swatchIndex.swapped) return x % 3 === 0 && y % 3 === 0 ? swatchIndex.swappedMark : style;
  if (style === swatchIndex.guard) return x % 4 === 0 ? swatchIndex.guardMark : style;
  if ((flags & RowFlag.Untracked) !== 0 && (x - y + 0x10002) % 6 === 0) return swatchIndex.hatch;
  return style;
}
