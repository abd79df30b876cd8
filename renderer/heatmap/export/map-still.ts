import type { PageRange } from '#shared/memory/range.ts';
import type { SampleMode } from '#shared/source/source.ts';
import type { Viewport } from '../geometry/camera.ts';
import type { ColourScale } from '../../data/page-colouring.ts';
import type { OverlayColours } from '../overlay/scene.ts';
import type { Palette } from '../paint/palette.ts';
import type { Pen } from '../overlay/pen.ts';
import type { Scene } from '../paint/scene.ts';

/** The map as it is shown, with its caption: all that a picture of it needs. */
export interface MapStill {
  readonly scene: Scene;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
  /** The pages' area and the labels at its left, in CSS pixels. */
  readonly view: Viewport;
  readonly gutter: number;
  readonly palette: Palette;
  readonly scale: ColourScale;
  readonly colours: OverlayColours;
  /** Draws labels and marks; the origin is the labels' top left corner. */
  drawLabels(pen: Pen): void;
  /** The source, in words. */
  readonly title: string;
  readonly detail: string;
  /** How pages are laid out: a row a tile, or one VMA along a Hilbert curve. */
  readonly form: 'bands' | 'hilbert';
  /** From the first page in view to the end of the last one; null if there is none. */
  readonly range: PageRange | null;
  readonly mode: SampleMode;
  /** Pages. */
  readonly written: number;
  readonly mapped: number;
  readonly sequence: number;
  /** Engine time in ms. */
  readonly time: number;
}
