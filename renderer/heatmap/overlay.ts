import { runsOf, shownEntry } from '../session/operations-store.ts';
import type { Inspector } from '../session/inspector.ts';
import { drawBytes, openPages } from './overlay-bytes.ts';
import { drawGutter } from './overlay-gutter.ts';
import { drawCursor, drawHuge, drawRange, drawRuns } from './overlay-marks.ts';
import { drawSeams, drawSeparators } from './overlay-separators.ts';
import { OverlayColours, type OverlayScene } from './overlay-scene.ts';
import type { MapView } from './map-view.ts';
import type { Pen } from './pen.ts';
import type { Viewport } from './camera.ts';
import type { Surface } from './surface.ts';

/** The 2D canvas above the pages: labels, separators, marks of results, selection, cursor. */
export class Overlay {
  private readonly inspector: Inspector;
  private colours: OverlayColours | null = null;

  constructor(inspector: Inspector) {
    this.inspector = inspector;
  }

  /** The theme changed. */
  forgetColours(): void {
    this.colours = null;
  }

  draw(surface: Surface, map: MapView): void {
    const context = surface.overlay;
    if (!context) return;
    const { ratio, gutter, view } = surface;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width + gutter, view.height);
    this.drawWith(context, map, view, gutter, true);
  }

  /** @param live with what only the pointer and the keys are at */
  drawWith(context: Pen, map: MapView, view: Viewport, gutter: number, live: boolean): void {
    const { layout, camera } = map;
    const colours = this.currentColours();
    const scene: OverlayScene = { context, colours, layout, camera, view, gutter };
    context.setLineDash([]);
    drawGutter(scene);
    context.save();
    context.beginPath();
    context.rect(gutter, 0, view.width, view.height);
    context.clip();
    context.translate(gutter, 0);
    drawSeparators(scene);
    drawSeams(scene);
    drawBytes(scene, openPages(scene), map.hasBytes ? map.bytes : null, performance.now());
    drawHuge(scene, map.huge);
    const { range, cursor, hover } = this.inspector.selection.getState();
    const result = shownEntry(this.inspector.operations.store.getState())?.result;
    if (result?.ok) drawRuns(scene, runsOf(result.runs));
    if (range) drawRange(scene, range);
    if (live && hover !== null) drawCursor(scene, hover, colours.hover);
    if (live && cursor !== null) drawCursor(scene, cursor, colours.accent);
    context.restore();
  }

  currentColours(): OverlayColours {
    return (this.colours ??= new OverlayColours(document.documentElement));
  }
}
