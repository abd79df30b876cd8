import type { MapView } from '../../heatmap/map-view.ts';
import type { Inspector } from '../../session/inspector.ts';
import { extendTo, selectPage, selectRange } from '../../session/selection-store.ts';

/** Wheel units to zoom: as d3-zoom counts them. */
const wheelFactor = (event: WheelEvent): number =>
  2 ** (-event.deltaY * (event.deltaMode === 1 ? 0.05 : event.deltaMode === 2 ? 1 : 0.004));
const LINE = 16;

/**
 * The pointer on the map. Drag chooses pages, Shift+click extends, double click chooses the VMA; the wheel scrolls,
 * Ctrl+wheel and pinch zoom, the middle button drags the map.
 */
export class MapPointer {
  private readonly element: HTMLElement;
  private readonly map: MapView;
  private readonly inspector: Inspector;
  private drag: 'select' | 'pan' | null = null;
  private last = { x: 0, y: 0 };
  private readonly stop = new AbortController();

  constructor(element: HTMLElement, map: MapView, inspector: Inspector) {
    this.element = element;
    this.map = map;
    this.inspector = inspector;
    const { signal } = this.stop;
    element.addEventListener('pointerdown', this.down, { signal });
    element.addEventListener('pointermove', this.moved, { signal });
    element.addEventListener('pointerup', this.up, { signal });
    element.addEventListener('pointercancel', this.up, { signal });
    element.addEventListener('pointerleave', this.left, { signal });
    element.addEventListener('dblclick', this.chooseVma, { signal });
    // Not passive: zooming must not scroll the window.
    element.addEventListener('wheel', this.wheel, { signal, passive: false });
  }

  dispose(): void {
    this.stop.abort();
  }

  /** Place in the map's area, the gutter left out. */
  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left - (box.width - this.map.view.width), y: event.clientY - box.top };
  }

  private readonly down = (event: PointerEvent): void => {
    this.element.focus({ preventScroll: true });
    const { x, y } = this.place(event);
    this.last = { x: event.clientX, y: event.clientY };
    if (event.button === 1) {
      this.drag = 'pan';
    } else if (event.button === 0) {
      const page = x < 0 ? this.map.nearestPage(0, y) : this.map.pageAt(x, y);
      if (page === null) return;
      if (event.shiftKey) extendTo(this.inspector.selection, page);
      else selectPage(this.inspector.selection, page);
      this.drag = 'select';
    }
    if (this.drag) this.element.setPointerCapture(event.pointerId);
    // The middle button would start the browser's own scrolling.
    if (event.button === 1) event.preventDefault();
  };

  private readonly moved = (event: PointerEvent): void => {
    const { x, y } = this.place(event);
    if (this.drag === 'pan') {
      this.map.panBy(this.last.x - event.clientX, this.last.y - event.clientY);
      this.last = { x: event.clientX, y: event.clientY };
    } else if (this.drag === 'select') {
      const far = Math.abs(event.clientX - this.last.x) + Math.abs(event.clientY - this.last.y) > 3;
      const page = far ? this.map.nearestPage(x, y) : null;
      if (page !== null) extendTo(this.inspector.selection, page);
    }
    this.inspector.selection.setState({ hover: this.map.pageAt(x, y) });
  };

  private readonly up = (): void => {
    this.drag = null;
  };

  private readonly left = (): void => {
    this.inspector.selection.setState({ hover: null });
  };

  private readonly chooseVma = (event: MouseEvent): void => {
    const { x, y } = this.place(event);
    const page = this.map.nearestPage(Math.max(0, x), y);
    const vma = page === null ? null : this.inspector.frames.vmaOf(page);
    if (vma) selectRange(this.inspector.selection, vma);
  };

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { x, y } = this.place(event);
    if (event.ctrlKey || event.metaKey) {
      this.map.zoomBy(wheelFactor(event), Math.max(0, x), y);
      return;
    }
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? this.map.view.height : 1;
    const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
    this.map.panBy(dx * unit, dy * unit);
  };
}
