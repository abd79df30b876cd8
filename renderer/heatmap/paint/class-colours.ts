import { oklch, type Rgb } from './oklch.ts';

/**
 * Eight colours that are distinct from each other, from grey and from the map's surfaces, even without one kind of cone (a test
 * simulates it): they differ in lightness as well as in hue.
 */
export const CLASS_COLOURS: Readonly<Record<'dark' | 'light', readonly Rgb[]>> = {
  dark: [
    [245, 160, 0],
    [171, 253, 255],
    [181, 147, 255],
    [0, 214, 174],
    [246, 246, 130],
    [147, 89, 226],
    [0, 154, 149],
    [189, 106, 0],
  ],
  light: [
    [191, 99, 0],
    [77, 71, 203],
    [144, 0, 0],
    [101, 132, 225],
    [216, 160, 22],
    [133, 83, 122],
    [0, 19, 149],
    [90, 0, 68],
  ],
};

/** Colour of all classes without a colour of their own. */
export const OTHER_COLOUR: Readonly<Record<'dark' | 'light', Rgb>> = {
  dark: oklch(0.46, 0.004, 264),
  light: oklch(0.7, 0.004, 264),
};
