import { describe, expect, it } from 'vitest';
import { vmaOf } from '../../testing/memory.ts';
import { SvgPen } from '../export/svg-pen.ts';
import { drawGutterLabel } from './gutter.ts';

const COLOURS = { text: '#111111', dim: '#222222', faint: '#333333', sans: 'sans-serif', mono: 'monospace' };
const TEXTURES = vmaOf(0x7f0000000, 0x7f0000100, { name: '[anon:entity positions]' });

/** What a label shows in a gutter of this width, with letters of 6 pixels. */
function label(gutter: number, digits: number): string[] {
  const pen = new SvgPen((text) => text.length * 6);
  drawGutterLabel(pen, COLOURS, gutter, TEXTURES, TEXTURES.start, digits, 0);
  return pen.parts.flatMap((part) => /<text[^>]*>([^<]*)<\/text>/.exec(part)?.[1] ?? []);
}

describe('a label of the gutter', () => {
  it('has the whole name and address if there is room', () => {
    expect(label(300, 7)).toEqual(['0000000', '7f000', '[anon:entity positions]']);
  });

  it('has the last digits of the address if there is little, as many as are wanted', () => {
    expect(label(200, 7).slice(0, 2)).toEqual(['0000000', '…']);
    expect(label(200, 9).slice(0, 2)).toEqual(['000000000', '…']);
  });

  it('has the program’s name for the memory if the kernel’s one would be cut', () => {
    expect(label(216, 7)).toEqual(['0000000', '7f000', 'entity positions']);
    expect(label(200, 7).at(-1)).toBe('entity positions');
    expect(label(140, 7).at(-1)).toMatch(/^ent.*…tions$/);
  });
});
