import { oklch, type Rgb } from '../../heatmap/paint/oklch.ts';
import { cssOf, pixelOf } from '../../heatmap/paint/palette.ts';
import { Belongs } from '../../data/compared-tiles.ts';

/** A colour with that of its pattern: stripes one way for A, the other way for B, none for both. */
interface SetStyle {
  readonly fill: Rgb;
  readonly mark: Rgb;
}

type SetStyles = Readonly<Record<'a' | 'b' | 'both', SetStyle>> & {
  readonly canvas: Rgb;
  readonly ground: Rgb;
};

const DARK: SetStyles = {
  canvas: oklch(0.165, 0.004, 264),
  ground: oklch(0.228, 0.005, 264),
  a: { fill: oklch(0.76, 0.15, 65), mark: oklch(0.5, 0.12, 60) },
  b: { fill: oklch(0.68, 0.13, 245), mark: oklch(0.45, 0.11, 250) },
  both: { fill: oklch(0.93, 0.01, 264), mark: oklch(0.93, 0.01, 264) },
};
const LIGHT: SetStyles = {
  canvas: oklch(0.985, 0.002, 264),
  ground: oklch(0.945, 0.003, 264),
  a: { fill: oklch(0.66, 0.17, 55), mark: oklch(0.85, 0.09, 70) },
  b: { fill: oklch(0.55, 0.15, 250), mark: oklch(0.8, 0.08, 245) },
  both: { fill: oklch(0.32, 0.01, 264), mark: oklch(0.32, 0.01, 264) },
};

/** The colours as pixels of ImageData. */
export interface SetPalette {
  readonly canvas: number;
  readonly ground: number;
  /** Pixel at a position of a page in these sets. */
  at(belongs: Belongs, x: number, y: number): number;
  /** For the legend and the table. */
  css(belongs: Belongs): string;
}

export function setPalette(theme: 'dark' | 'light'): SetPalette {
  const styles = theme === 'dark' ? DARK : LIGHT;
  const [a, aMark] = [pixelOf(styles.a.fill), pixelOf(styles.a.mark)];
  const [b, bMark] = [pixelOf(styles.b.fill), pixelOf(styles.b.mark)];
  const both = pixelOf(styles.both.fill);
  const ground = pixelOf(styles.ground);
  return {
    canvas: pixelOf(styles.canvas),
    ground,
    at(belongs, x, y) {
      if (belongs === Belongs.OnlyA) return (x + y) % 4 === 0 ? aMark : a;
      if (belongs === Belongs.OnlyB) return (x - y + 0x10000) % 4 === 0 ? bMark : b;
      return belongs === Belongs.Both ? both : ground;
    },
    css(belongs) {
      if (belongs === Belongs.OnlyA) {
        return `repeating-linear-gradient(45deg, ${cssOf(styles.a.mark)} 0 1px, ${cssOf(styles.a.fill)} 1px 4px)`;
      }
      if (belongs === Belongs.OnlyB) {
        return `repeating-linear-gradient(-45deg, ${cssOf(styles.b.mark)} 0 1px, ${cssOf(styles.b.fill)} 1px 4px)`;
      }
      return cssOf(styles.both.fill);
    },
  };
}
