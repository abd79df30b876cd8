import type { Camera, Viewport } from '../geometry/camera.ts';
import type { Projection } from '../geometry/projection.ts';

/** How long a move of the view takes, in ms. */
const MOVE_MS = 140;
const ZOOM_MS = 110;

/** A move of the view: from one camera to another, or about a place that stays where it is. */
export type Motion =
  | { readonly kind: 'move'; readonly from: Camera; readonly to: Camera; readonly began: number }
  | {
      readonly kind: 'zoom';
      /** Row heights. */
      readonly from: number;
      readonly to: number;
      readonly px: number;
      readonly py: number;
      readonly began: number;
    };

export const moveTo = (from: Camera, to: Camera, now: number): Motion => ({
  kind: 'move',
  from,
  to,
  began: now,
});

/** Zooms by `factor` about a place; one that continues about the same place is added to. */
export function zoomMotion(
  before: Motion | null,
  row: number,
  factor: number,
  px: number,
  py: number,
  now: number,
): Motion {
  const target = before?.kind === 'zoom' ? before.to : row;
  return { kind: 'zoom', from: row, to: target * factor, px, py, began: now };
}

/** The camera of a motion at `now`, and whether it has arrived. Motions slow down towards their end. */
export function along(
  motion: Motion,
  camera: Camera,
  projection: Projection,
  view: Viewport,
  now: number,
): { readonly camera: Camera; readonly done: boolean } {
  const span = motion.kind === 'move' ? MOVE_MS : ZOOM_MS;
  const t = Math.min(1, Math.max(0, (now - motion.began) / span));
  const eased = 1 - (1 - t) ** 3;
  if (motion.kind === 'move') {
    return { camera: projection.between(motion.from, motion.to, eased, view), done: t >= 1 };
  }
  const row = motion.from * (motion.to / motion.from) ** eased;
  return { camera: projection.zoomAt(camera, view, row / camera.row, motion.px, motion.py), done: t >= 1 };
}
