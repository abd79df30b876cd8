import { oklch, type Rgb } from '../paint/oklch.ts';

/** A colour that every program for pictures reads: `#rrggbb`, and how opaque it is (0 … 1). */
interface Srgb {
  readonly hex: string;
  readonly alpha: number;
}

interface Oklch {
  readonly l: number;
  readonly c: number;
  readonly h: number;
  readonly alpha: number;
}

/**
 * A colour of CSS in sRGB: `#…`, `rgb()`, `oklch()`, and `color-mix(in oklch, A N%, B)` of two of oklch, with the
 * spellings that a minifier makes of them. Throws an Error for everything else: an unknown colour would be drawn black.
 */
export function srgbOf(css: string): Srgb {
  const text = css.trim().toLowerCase();
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(text)?.[1];
  if (hex !== undefined) return ofHex(hex);
  const rgb = /^rgba?\(([^()]+)\)$/.exec(text)?.[1];
  if (rgb !== undefined) {
    const [r = 0, g = 0, b = 0, alpha = 1] = numbers(rgb, [255, 255, 255, 1]);
    return ofBytes([r, g, b], alpha);
  }
  const { l, c, h, alpha } = oklchOf(text);
  return ofBytes(oklch(l, c, h), alpha);
}

function oklchOf(text: string): Oklch {
  const parts = /^oklch\(([^()]+)\)$/.exec(text)?.[1];
  if (parts !== undefined) {
    const [l = 0, c = 0, h = 0, alpha = 1] = numbers(parts, [1, 0.4, 360, 1]);
    return { l, c, h, alpha };
  }
  const mix =
    /^color-mix\(\s*in oklch\s*,\s*(oklch\([^()]+\))\s+([\d.]+)%\s*,\s*(oklch\([^()]+\))\s*\)$/.exec(text);
  const [, first, percent, second] = mix ?? [];
  if (first === undefined || second === undefined)
    throw new Error(`Not a colour that can be exported: ${text}`);
  return mixed(oklchOf(first), oklchOf(second), Number(percent) / 100);
}

/** `share` of `one`, the rest of `other`; hues go the shorter way round. */
function mixed(one: Oklch, other: Oklch, share: number): Oklch {
  const between = (a: number, b: number): number => b + (a - b) * share;
  const turn = ((one.h - other.h + 540) % 360) - 180;
  return {
    l: between(one.l, other.l),
    c: between(one.c, other.c),
    h: other.h + turn * share,
    alpha: between(one.alpha, other.alpha),
  };
}

/** Numbers separated by spaces, commas or a slash. @param whole what 100 % of each is */
function numbers(text: string, whole: readonly number[]): number[] {
  return text
    .split(/[\s,/]+/)
    .filter((part) => part !== '')
    .map((part, i) =>
      part.endsWith('%') ? (Number(part.slice(0, -1)) / 100) * (whole[i] ?? 1) : parseFloat(part),
    );
}

function ofHex(digits: string): Srgb {
  const long = digits.length <= 4 ? Array.from(digits, (digit) => digit + digit).join('') : digits;
  return { hex: `#${long.slice(0, 6)}`, alpha: long.length === 8 ? parseInt(long.slice(6), 16) / 255 : 1 };
}

function ofBytes(rgb: Rgb, alpha: number): Srgb {
  const byte = (value: number): string =>
    Math.round(Math.min(255, Math.max(0, value)))
      .toString(16)
      .padStart(2, '0');
  return { hex: `#${rgb.map(byte).join('')}`, alpha };
}
