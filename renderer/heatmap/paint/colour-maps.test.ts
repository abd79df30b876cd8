import { describe, expect, it } from 'vitest';
import { COLOUR_MAPS } from '../../stores/view-store.ts';
import { ageOfHeat, HEAT_WINDOW, heatOf } from '../../data/heat.ts';
import { RAMP, ramp } from './colour-maps.ts';
import { oklch, type Rgb } from './oklch.ts';
import { paletteOf } from './palette.ts';

/** Relative luminance as WCAG defines it. */
function luminance([r, g, b]: Rgb): number {
  const linear = (value: number): number =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}
function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const black: Rgb = [0, 0, 0];
const at = (colours: readonly Rgb[], i: number): Rgb => colours.at(i) ?? black;

describe('heat', () => {
  it('falls with age, from 1 for now to 0 at the end of the window', () => {
    expect(heatOf(0)).toBe(1);
    expect(heatOf(HEAT_WINDOW)).toBeCloseTo(0);
    expect(heatOf(1e9)).toBe(0);
    for (let age = 1; age < HEAT_WINDOW; age *= 2) expect(heatOf(age)).toBeLessThan(heatOf(age / 2));
    for (const heat of [0, 0.25, 0.5, 1]) expect(heatOf(ageOfHeat(heat))).toBeCloseTo(heat);
  });
});

describe.each(COLOUR_MAPS)('colour map %s', (name) => {
  it.each(['dark', 'light'] as const)('contrasts with a %s surface, the newest most', (theme) => {
    const colours = ramp(name, theme);
    const { swatches } = paletteOf(theme, name);
    expect(colours).toHaveLength(RAMP);
    expect(contrast(at(colours, -1), swatches.canvas)).toBeGreaterThan(7);
    expect(contrast(at(colours, -1), swatches.present)).toBeGreaterThan(5);
    // Even the oldest is distinct from a page that was never written.
    expect(contrast(at(colours, 0), swatches.present)).toBeGreaterThan(1.2);
    const newest = contrast(at(colours, -1), swatches.canvas);
    expect(colours.every((colour) => contrast(colour, swatches.canvas) <= newest + 0.01)).toBe(true);
  });

  it('gets steadily lighter or steadily darker', () => {
    for (const theme of ['dark', 'light'] as const) {
      const values = ramp(name, theme).map(luminance);
      const sign = theme === 'dark' ? 1 : -1;
      for (let i = 1; i < values.length; i++) {
        expect(sign * ((values[i] ?? 0) - (values[i - 1] ?? 0))).toBeGreaterThan(-0.004);
      }
    }
  });
});

describe('oklch', () => {
  it.each([
    [
      [1, 0, 0],
      [255, 255, 255],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [0.6279554, 0.2576833, 29.23388],
      [255, 0, 0],
    ],
    [
      [0.5999, 0, 0],
      [128, 128, 128],
    ],
  ] as const)('%j', ([l, c, h], rgb) => {
    expect(oklch(l, c, h)).toEqual(rgb);
  });
});
