import type { Pen } from '../overlay/pen.ts';
import { srgbOf } from './srgb.ts';

interface State {
  fillStyle: Pen['fillStyle'];
  strokeStyle: Pen['strokeStyle'];
  lineWidth: number;
  font: string;
  textAlign: CanvasTextAlign;
  dash: readonly number[];
  x: number;
  y: number;
  /** Groups that `clip` opened and `restore` closes. */
  groups: number;
}

/** Writes what is drawn as elements of SVG: shapes as shapes, text as text. */
export class SvgPen implements Pen {
  fillStyle: Pen['fillStyle'] = '#000';
  strokeStyle: Pen['strokeStyle'] = '#000';
  lineWidth = 1;
  font = '12px sans-serif';
  textAlign: CanvasTextAlign = 'left';
  /** Elements so far. */
  readonly parts: string[] = [];
  private dash: readonly number[] = [];
  private x = 0;
  private y = 0;
  private groups = 0;
  private clips = 0;
  private path = '';
  private readonly saved: State[] = [];
  private readonly measure: (text: string, font: string) => number;

  /** @param measure width of a text in a font of CSS, in CSS pixels */
  constructor(measure: (text: string, font: string) => number) {
    this.measure = measure;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    if (width > 0 && height > 0) this.element(this.box(x, y, width, height), paint('fill', this.fillStyle));
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.element(this.box(x, y, width, height), `fill="none"${this.pen()}`);
  }

  beginPath(): void {
    this.path = '';
  }
  moveTo(x: number, y: number): void {
    this.path += `M${num(x + this.x)} ${num(y + this.y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `L${num(x + this.x)} ${num(y + this.y)}`;
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${num(x + this.x)} ${num(y + this.y)}h${num(width)}v${num(height)}h${num(-width)}z`;
  }
  closePath(): void {
    this.path += 'z';
  }
  fill(): void {
    if (this.path !== '') this.element(`path d="${this.path}"`, paint('fill', this.fillStyle));
  }
  stroke(): void {
    if (this.path !== '') this.element(`path d="${this.path}"`, `fill="none"${this.pen()}`);
  }

  clip(): void {
    const id = `clip-${++this.clips}`;
    this.parts.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath><g clip-path="url(#${id})">`);
    this.groups++;
  }

  fillText(text: string, x: number, y: number): void {
    if (text === '') return;
    const [size = '12px', ...family] = this.font.split(' ').filter((word) => !/^\d+$/.test(word));
    const weight = /^\d+ /.exec(this.font)?.[0].trim();
    const anchor = this.textAlign === 'right' ? 'end' : this.textAlign === 'center' ? 'middle' : 'start';
    this.parts.push(
      `<text x="${num(x + this.x)}" y="${num(y + this.y)}" font-size="${size}" font-family="${escapeXml(family.join(' '))}"` +
        `${weight ? ` font-weight="${weight}"` : ''}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`} ` +
        `${paint('fill', this.fillStyle)} xml:space="preserve">${escapeXml(text)}</text>`,
    );
  }

  measureText(text: string): { readonly width: number } {
    return { width: this.measure(text, this.font) };
  }

  setLineDash(lengths: number[]): void {
    this.dash = lengths;
  }
  translate(x: number, y: number): void {
    this.x += x;
    this.y += y;
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, font, textAlign, dash, x, y, groups } = this;
    this.saved.push({ fillStyle, strokeStyle, lineWidth, font, textAlign, dash, x, y, groups });
    this.groups = 0;
  }
  restore(): void {
    const state = this.saved.pop();
    if (!state) return;
    this.parts.push('</g>'.repeat(this.groups));
    Object.assign(this, state);
  }

  private box(x: number, y: number, width: number, height: number): string {
    return `rect x="${num(x + this.x)}" y="${num(y + this.y)}" width="${num(width)}" height="${num(height)}"`;
  }
  private pen(): string {
    const dash = this.dash.length > 0 ? ` stroke-dasharray="${this.dash.join(' ')}"` : '';
    return ` ${paint('stroke', this.strokeStyle)} stroke-width="${num(this.lineWidth)}"${dash}`;
  }
  private element(shape: string, style: string): void {
    this.parts.push(`<${shape} ${style}/>`);
  }
}

/** A length, without digits too small to be seen. */
export const num = (value: number): string => String(Math.round(value * 100) / 100);

export function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // Control characters have no place in XML; a mapping's name may have any byte.
  const printable = Array.from(text, (one) => ((one.codePointAt(0) ?? 0) < 32 ? '�' : one)).join('');
  return printable.replaceAll(/[&<>"]/g, (one) => names[one] ?? one);
}

/** An attribute for a colour of CSS, as every program for pictures reads it: sRGB in hexadecimal digits. */
export function paint(attribute: 'fill' | 'stroke', style: Pen['fillStyle']): string {
  const { hex, alpha } = srgbOf(String(style));
  return `${attribute}="${hex}"${alpha === 1 ? '' : ` ${attribute}-opacity="${num(alpha)}"`}`;
}
