import { fitCanvas } from '../../ui/canvas-view.ts';
import type { Viewport } from '../geometry/camera.ts';
import { CanvasPainter } from './raster/canvas-painter.ts';
import type { Painter } from './scene.ts';
import { hasGraphicsCard } from './webgl/graphics-card.ts';
import { WebGlPainter, webGlContext } from './webgl/painter.ts';

export interface SurfaceElements {
  /** Painted by WebGL2; hidden while it cannot. */
  readonly gl: HTMLCanvasElement;
  /** Painted in plain code in its place. */
  readonly soft: HTMLCanvasElement;
  /** Labels and marks above both, gutter included. */
  readonly overlay: HTMLCanvasElement;
}

/** Which painter is used: the faster one on this machine, or a particular one. */
export type PainterChoice = 'auto' | Painter['name'];

/**
 * The canvases of the map and their painter: WebGL2 if a graphics card computes it and while its context
 * lives, Canvas 2D otherwise. WebGL in software costs tens of milliseconds per frame, plain code one or two.
 */
export class Surface {
  painter: Painter;
  ratio = 1;
  gutter = 0;
  view: Viewport = { width: 0, height: 0 };
  readonly overlay: CanvasRenderingContext2D | null;
  private readonly elements: SurfaceElements;
  private readonly changed: () => void;
  private choice: PainterChoice;

  /** @param changed called when the painter changes: everything must be painted again */
  constructor(elements: SurfaceElements, choice: PainterChoice, changed: () => void) {
    this.elements = elements;
    this.choice = choice;
    this.changed = changed;
    this.overlay = elements.overlay.getContext('2d');
    this.painter = this.choose();
    elements.gl.addEventListener('webglcontextlost', this.lost);
    elements.gl.addEventListener('webglcontextrestored', this.restored);
  }

  resize(view: Viewport, gutter: number, ratio: number): void {
    const { gl, soft, overlay } = this.elements;
    this.view = view;
    this.gutter = gutter;
    this.ratio = ratio;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    for (const canvas of [gl, soft]) fitCanvas(canvas, width, height);
    fitCanvas(overlay, Math.round((view.width + gutter) * ratio), height);
  }

  use(choice: PainterChoice): void {
    if (choice === this.choice) return;
    this.choice = choice;
    this.painter.dispose();
    this.painter = this.choose();
    this.changed();
  }

  dispose(): void {
    const { gl } = this.elements;
    gl.removeEventListener('webglcontextlost', this.lost);
    gl.removeEventListener('webglcontextrestored', this.restored);
    this.painter.dispose();
  }

  private readonly lost = (event: Event): void => {
    // Without this the browser does not restore the context.
    event.preventDefault();
    this.painter = this.soft();
    this.changed();
  };

  private readonly restored = (): void => {
    this.painter = this.choose();
    this.changed();
  };

  private choose(): Painter {
    const wanted = this.choice === 'auto' ? hasGraphicsCard() : this.choice === 'WebGL2';
    const context = wanted ? webGlContext(this.elements.gl) : null;
    if (!context || context.isContextLost()) return this.soft();
    try {
      const painter = new WebGlPainter(context);
      this.show(painter.name);
      return painter;
    } catch (cause) {
      console.warn('WebGL2 cannot be used here, painting with Canvas 2D.', cause);
      return this.soft();
    }
  }

  private soft(): Painter {
    // Kept in plain memory: the picture comes from there. With alpha: an opaque canvas is black until it is painted, in light themes too.
    const context = this.elements.soft.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('neither WebGL2 nor Canvas 2D is available');
    const painter = new CanvasPainter(context);
    this.show(painter.name);
    return painter;
  }

  private show(name: Painter['name']): void {
    this.elements.gl.hidden = name !== 'WebGL2';
    this.elements.soft.hidden = name === 'WebGL2';
  }
}
