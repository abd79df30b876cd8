import type { Camera, Viewport } from '../geometry/camera.ts';
import type { BandLayout } from '../geometry/band-layout.ts';
import type { Pen } from './pen.ts';

/** What the parts of the overlay draw with. The origin is the gutter's top left corner, or the map area's after `translate`. */
export interface OverlayScene {
  readonly context: Pen;
  readonly colours: OverlayColours;
  readonly layout: BandLayout;
  readonly camera: Camera;
  readonly view: Viewport;
  readonly gutter: number;
}

/** Colours and faces from the style sheet's tokens: the canvas follows the theme like everything else. */
export class OverlayColours {
  readonly background: string;
  readonly text: string;
  readonly dim: string;
  readonly faint: string;
  readonly hairline: string;
  readonly seam: string;
  readonly accent: string;
  readonly hover: string;
  /** Colour of what the step player highlights. */
  readonly lit: string;
  /** Colour of named ranges. */
  readonly named: string;
  readonly result: string;
  readonly reset: string;
  /** Greys from faint to strong, between background and text. */
  readonly shades: readonly string[];
  readonly sans: string;
  readonly mono: string;

  constructor(element: Element) {
    const style = getComputedStyle(element);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    this.background = token('--bg');
    this.text = token('--text');
    this.dim = token('--text-dim');
    this.faint = token('--text-faint');
    this.hairline = token('--hairline');
    this.seam = token('--hairline-strong');
    this.accent = token('--accent');
    this.hover = token('--text-dim');
    this.lit = token('--warn');
    this.named = token('--named');
    this.result = token('--result');
    this.reset = token('--good');
    this.shades = [30, 50, 72, 95].map(
      (share) => `color-mix(in oklch, ${this.text} ${share}%, ${this.background})`,
    );
    this.sans = token('--sans');
    this.mono = token('--mono');
  }
}
