import { describe, expect, it } from 'vitest';
import { CLASSES, OWN_CLASSES, shareOfClass } from '../../data/colour-classes.ts';
import { ageOfHeat } from '../../data/heat.ts';
import { CLASS_COLOURS, OTHER_COLOUR } from './class-colours.ts';
import { RAMP, rampIndex } from './colour-maps.ts';
import type { Rgb } from './oklch.ts';
import { paletteOf } from './palette.ts';

/**
 * Linear sRGB as it is seen without one kind of cone (Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency", 2009, severity 1).
 */
const VISIONS = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

const linear = (value: number): number =>
  value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;

/** OKLab, in which distances are perceptually uniform. */
function oklab(rgb: Rgb, vision: readonly number[]): readonly number[] {
  const light = rgb.map(linear);
  const seen = (row: number): number => {
    const sum = light.reduce((all, value, i) => all + value * (vision[3 * row + i] ?? 0), 0);
    return Math.min(1, Math.max(0, sum));
  };
  const [r, g, b] = [seen(0), seen(1), seen(2)];
  const long = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const medium = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const short = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

const distance = (one: Rgb, other: Rgb, vision: readonly number[]): number => {
  const [a, b] = [oklab(one, vision), oklab(other, vision)];
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
};

describe.each(['dark', 'light'] as const)('colours of classes, %s', (theme) => {
  const colours = [...CLASS_COLOURS[theme], OTHER_COLOUR[theme]];
  const palette = paletteOf(theme, 'cividis', 'writers');

  it.each(Object.entries(VISIONS))('are distinct from each other and from the surfaces: %s', (_, vision) => {
    const { present, untouched, zero, canvas } = palette.swatches;
    for (const [i, colour] of colours.entries()) {
      for (const other of colours.slice(0, i))
        expect(distance(colour, other, vision), `${colour} and ${other}`).toBeGreaterThan(0.11);
      for (const surface of [present, untouched, zero, canvas])
        expect(distance(colour, surface, vision), `${colour} on ${surface}`).toBeGreaterThan(0.11);
    }
  });

  it('are the steps of the ramp, each by its share', () => {
    expect(colours).toHaveLength(CLASSES);
    colours.forEach((colour, i) => {
      expect(palette.ramp[Math.round(shareOfClass(i) * (RAMP - 1))]).toEqual(colour);
      // The painters take whole milliseconds of age.
      expect(palette.ramp[rampIndex(Math.round(ageOfHeat(shareOfClass(i))))]).toEqual(colour);
    });
    expect(palette.ramp[0]).toEqual(palette.swatches.present);
    expect(shareOfClass(OWN_CLASSES)).toBeLessThan(shareOfClass(0));
  });
});
