import { CLASSES } from '../../data/colour-classes.ts';
import type { Colouring, ColourMapName } from '../../stores/view-store.ts';
import { RAMP, ramp } from './colour-maps.ts';
import { oklch, type Rgb } from './oklch.ts';
import { CLASS_COLOURS, OTHER_COLOUR } from './class-colours.ts';

/** The appearances of a page apart from being written, in the order of the painters' tables. */
export const SWATCHES = [
  'canvas',
  'untouched',
  'present',
  'zero',
  'swapped',
  'swappedMark',
  'guard',
  'guardMark',
  'fresh',
  'freshMark',
  'hatch',
  'touched',
  'touchedMark',
  'hotMark',
  'gone',
  'goneMark',
] as const;
export type Swatch = (typeof SWATCHES)[number];

/** Number of each swatch in the painters' tables. */
export const swatchIndex = Object.fromEntries(SWATCHES.map((name, i) => [name, i])) as Record<Swatch, number>;

export interface Palette {
  /** Distinct for each palette: painters key their copies by it. */
  readonly key: string;
  readonly dark: boolean;
  readonly swatches: Readonly<Record<Swatch, Rgb>>;
  /** Old → just written. */
  readonly ramp: readonly Rgb[];
  /** The same as 32-bit pixels of ImageData: swatches, then ramp. */
  readonly pixels: Uint32Array;
}

/** Surfaces are neutral; only swapped, guard, fresh and the marks of events carry a hue. */
const DARK: Readonly<Record<Swatch, Rgb>> = {
  canvas: oklch(0.165, 0.004, 264),
  untouched: oklch(0.228, 0.005, 264),
  present: oklch(0.315, 0.006, 264),
  zero: oklch(0.262, 0.006, 264),
  swapped: oklch(0.3, 0.05, 310),
  swappedMark: oklch(0.5, 0.09, 310),
  guard: oklch(0.24, 0.03, 25),
  guardMark: oklch(0.42, 0.08, 25),
  fresh: oklch(0.245, 0.012, 200),
  freshMark: oklch(0.375, 0.035, 200),
  hatch: oklch(0.4, 0.006, 264),
  touched: oklch(0.3, 0.03, 150),
  touchedMark: oklch(0.52, 0.09, 150),
  hotMark: oklch(0.5, 0.19, 264),
  gone: oklch(0.19, 0.012, 70),
  goneMark: oklch(0.56, 0.07, 70),
};

const LIGHT: Readonly<Record<Swatch, Rgb>> = {
  canvas: oklch(0.985, 0.002, 264),
  untouched: oklch(0.945, 0.003, 264),
  present: oklch(0.875, 0.005, 264),
  zero: oklch(0.915, 0.005, 264),
  swapped: oklch(0.86, 0.045, 310),
  swappedMark: oklch(0.66, 0.11, 310),
  guard: oklch(0.92, 0.03, 25),
  guardMark: oklch(0.74, 0.09, 25),
  fresh: oklch(0.935, 0.012, 200),
  freshMark: oklch(0.8, 0.045, 200),
  hatch: oklch(0.74, 0.006, 264),
  touched: oklch(0.89, 0.035, 150),
  touchedMark: oklch(0.68, 0.11, 150),
  hotMark: oklch(0.72, 0.15, 245),
  gone: oklch(0.965, 0.012, 70),
  goneMark: oklch(0.66, 0.09, 70),
};

/** Share of the ramp's colour in its faint end, and where on the ramp that colour is. */
const FAINT = { share: 0.4, at: 51 } as const;

/**
 * Colours of a theme. Coloured by how often, the ramp's cold end is hardly above a page that was not written, for what is only known to
 * be earlier; coloured by writers, it has a step for each class.
 */
export function paletteOf(
  theme: 'dark' | 'light',
  map: ColourMapName,
  colouring: Colouring = 'age',
): Palette {
  const swatches = theme === 'dark' ? DARK : LIGHT;
  const colours = colouring === 'writers' ? classRamp(theme, swatches) : ramp(map, theme);
  if (colouring === 'often')
    colours[0] = mix(swatches.present, colours[FAINT.at] ?? swatches.present, FAINT.share);
  const pixels = Uint32Array.from([...SWATCHES.map((name) => swatches[name]), ...colours], pixelOf);
  return {
    key: `${theme}-${map}-${colouring}`,
    dark: theme === 'dark',
    swatches,
    ramp: colours,
    pixels,
  };
}

/** A hot page without a class has the ramp's very first colour, that of a page at rest. */
function classRamp(theme: 'dark' | 'light', { present }: Palette['swatches']): Rgb[] {
  const classes = [OTHER_COLOUR[theme], ...CLASS_COLOURS[theme].toReversed()];
  return Array.from({ length: RAMP }, (_, i) =>
    i === 0 ? present : (classes[Math.floor((i * CLASSES) / RAMP)] ?? present),
  );
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  const [r, g, b] = one.map((value, i) => Math.round(value + ((other[i] ?? value) - value) * share));
  return [r ?? 0, g ?? 0, b ?? 0];
}

/** A pixel of ImageData on a little-endian machine. */
export function pixelOf([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

export const cssOf = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;
