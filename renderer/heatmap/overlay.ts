import { runsOf, shownEntry } from '../session/operations-store.ts';
import type { Inspector } from '../session/inspector.ts';
import { drawGutter } from './overlay-gutter.ts';
import { drawCursor, drawHuge, drawRange, drawRuns } from './overlay-marks.ts';
import { drawSeams, drawSeparators } from './overlay-separators.ts';
import { OverlayColours, type OverlayScene } from './overlay-scene.ts';
import type { MapView } from './map-view.ts';
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
    this.colours ??= new OverlayColours(context.canvas);
    const { ratio, gutter, view } = surface;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width + gutter, view.height);
    const { layout, camera } = map;
    const scene: OverlayScene = { context, colours: this.colours, layout, camera, view, gutter };
    drawGutter(scene);
    context.save();
    context.beginPath();
    context.rect(gutter, 0, view.width, view.height);
    context.clip();
    context.translate(gutter, 0);
    drawSeparators(scene);
    drawSeams(scene);
    drawHuge(scene, this.inspector.frames);
    const { range, cursor, hover } = this.inspector.selection.getState();
    const result = shownEntry(this.inspector.operations.store.getState())?.result;
    if (result?.ok) drawRuns(scene, runsOf(result.runs));
    if (range) drawRange(scene, range);
    if (hover !== null) drawCursor(scene, hover, this.colours.hover);
    if (cursor !== null) drawCursor(scene, cursor, this.colours.accent);
    context.restore();
  }
}
