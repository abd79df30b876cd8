import {
  betweenCameras,
  type Camera,
  clampCamera,
  fitAll,
  fitRange,
  type Viewport,
  zoomAt,
} from './camera.ts';
import { nearestPage, pageAt, type Rect, rectOf } from './hit-test.ts';
import type { BandLayout } from './band-layout.ts';
import { step } from './navigate.ts';

/** Maps pages to positions and positions to pages, for pointer, keys, selection and animations in every layout. */
export interface Projection {
  /** The camera that shows everything. */
  fit(view: Viewport): Camera;
  /** The camera that shows pages `start` … `end` - 1, as large as fits. */
  fitRange(view: Viewport, start: number, end: number): Camera;
  /** A camera limited to what exists. */
  clamp(camera: Camera, view: Viewport): Camera;
  /** Zooms; what is at (`px`, `py`) of the view stays there. */
  zoomAt(camera: Camera, view: Viewport, factor: number, px: number, py: number): Camera;
  /** A camera between two others; `t` from 0 to 1. */
  between(from: Camera, to: Camera, t: number, view: Viewport): Camera;
  /** The page at a place of the view; null if none is. */
  pageAt(camera: Camera, view: Viewport, px: number, py: number): number | null;
  nearestPage(camera: Camera, view: Viewport, px: number, py: number): number | null;
  /** Where `page` is, in or outside the view; null if it is not shown. */
  rectOf(camera: Camera, view: Viewport, page: number): Rect | null;
  /** The page beside, above or below another one; null if nothing is shown. */
  step(page: number, dx: number, dy: number): number | null;
  /** Size of a page that can be distinguished from its neighbours, as a camera's `row`. */
  readonly readable: number;
}

export function bandProjection(layout: BandLayout): Projection {
  return {
    fit: (view) => fitAll(layout, view),
    fitRange: (view, start, end) => fitRange(layout, view, start, end),
    clamp: (camera, view) => clampCamera(camera, layout, view),
    zoomAt: (camera, view, factor, px, py) => zoomAt(camera, layout, view, factor, px, py),
    between: (from, to, t, view) => betweenCameras(from, to, t, layout, view),
    pageAt: (camera, view, px, py) => pageAt(layout, camera, view, px, py),
    nearestPage: (camera, view, px, py) => nearestPage(layout, camera, view, px, py),
    rectOf: (camera, view, page) => rectOf(layout, camera, view, page),
    step: (page, dx, dy) => step(layout, page, dx, dy),
    readable: 14,
  };
}
