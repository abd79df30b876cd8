/** The pan or zoom that a turn of the wheel requests. */
export type WheelTurn =
  /** `smooth`: in a motion, since the wheel turns in steps. */
  | { readonly kind: 'zoom'; readonly factor: number; readonly smooth: boolean }
  /** CSS pixels that the view moves right and down. */
  | { readonly kind: 'pan'; readonly dx: number; readonly dy: number };

const LINE_HEIGHT = 16;
/** Powers of two that one unit zooms by, as d3-zoom counts them. */
const ZOOM = { pixel: 0.004, pinch: 0.01, line: 0.05, page: 1 } as const;

/** Wheel and touchpad: they pan, with Shift sideways; with Ctrl, and pinched, they zoom. @param page height of the view */
export function wheelTurn(event: WheelEvent, page: number): WheelTurn {
  const { deltaX, deltaY, deltaMode } = event;
  const unit = deltaMode === WheelEvent.DOM_DELTA_LINE ? 'line' : deltaMode === 0 ? 'pixel' : 'page';
  if (event.ctrlKey || event.metaKey) {
    const pinch = isPinch(event);
    return { kind: 'zoom', factor: 2 ** (-deltaY * ZOOM[pinch ? 'pinch' : unit]), smooth: !pinch };
  }
  const size = { pixel: 1, line: LINE_HEIGHT, page }[unit];
  const [dx, dy] = event.shiftKey ? [deltaY, deltaX] : [deltaX, deltaY];
  return { kind: 'pan', dx: dx * size, dy: dy * size };
}

/** A wheel turns in steps of some fifty units or more; fingers on a touchpad do not. */
const isPinch = (event: WheelEvent): boolean =>
  event.deltaMode === 0 && (Math.abs(event.deltaY) < 40 || !Number.isInteger(event.deltaY));
