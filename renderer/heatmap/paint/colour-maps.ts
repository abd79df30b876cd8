import { interpolateCividis, interpolateViridis, rgb } from 'd3';
import { HEAT_WINDOW, heatOf, TAU } from '../../data/heat.ts';
import type { ColourMapName } from '../../stores/view-store.ts';
import { oklch, type Rgb } from './oklch.ts';

/** Colours in a ramp. */
export const RAMP = 256;

/** Index into a ramp for a page of this age. */
export const rampIndex = (age: number): number => Math.round(heatOf(age) * (RAMP - 1));

/** The constants that a shader needs to compute the same. */
export const HEAT_SHADER = { tau: TAU, scale: 1 / Math.log1p(HEAT_WINDOW / TAU) } as const;

/**
 * Colours from old to just written, RAMP of them. On a dark surface they end bright, on a light one dark and strong:
 * the newest pages always have the greatest contrast. The ends that would be too close to the surface's greys are left
 * out.
 */
export function ramp(name: ColourMapName, theme: 'dark' | 'light'): Rgb[] {
  const at = interpolator(name, theme);
  return Array.from({ length: RAMP }, (_, i) => at(i / (RAMP - 1)));
}

function interpolator(name: ColourMapName, theme: 'dark' | 'light'): (t: number) => Rgb {
  const dark = theme === 'dark';
  if (name === 'contrast') {
    // Six plain steps, evenly far apart in lightness, one hue: readable without any colour vision.
    return (t) => {
      const step = Math.min(5, Math.floor(t * 6)) / 5;
      return dark ? oklch(0.48 + 0.5 * step, 0.14 - 0.1 * step, 75) : oklch(0.72 - 0.54 * step, 0.13, 30);
    };
  }
  const scheme = name === 'viridis' ? interpolateViridis : interpolateCividis;
  const [from, to] = dark ? [name === 'viridis' ? 0.2 : 0.22, 1] : [name === 'viridis' ? 0.76 : 0.84, 0];
  return (t) => {
    const { r, g, b } = rgb(scheme(from + (to - from) * t));
    return [r, g, b];
  };
}
