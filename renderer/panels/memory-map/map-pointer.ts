import type { MapView } from '../../heatmap/view/map-view.ts';
import type { AppModel } from '../../model/app-model.ts';
import { extendTo, selectPage, selectRange } from '../../stores/selection-store.ts';

/** Wheel units to zoom: as d3-zoom counts them; a pinch on a touchpad comes as a wheel with small fractions. */
const wheelFactor = (event: WheelEvent): number =>
  2 **
  (-event.deltaY *
    (event.deltaMode === 1 ? 0.05 : event.deltaMode === 2 ? 1 : isPinch(event) ? 0.01 : 0.004));
/** A wheel turns in steps of some fifty units or more; fingers on a touchpad do not. */
const isPinch = (event: WheelEvent): boolean =>
  event.deltaMode === 0 && (Math.abs(event.deltaY) < 40 || !Number.isInteger(event.deltaY));
const LINE = 16;

/**
 * The pointer on the map. Drag chooses pages, Shift+click and Shift+drag extend, double click chooses the VMA; the wheel
 * scrolls, Ctrl+wheel and pinch zoom, the middle button drags the map. A finger drags the map, a tap chooses, two zoom.
 */
export class MapPointer {
  private readonly element: HTMLElement;
  private readonly map: MapView;
  private readonly model: AppModel;
  private drag: 'select' | 'pan' | 'tap' | null = null;
  private last = { x: 0, y: 0 };
  /** Fingers that are down, and where. */
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private readonly stop = new AbortController();

  constructor(element: HTMLElement, map: MapView, model: AppModel) {
    this.element = element;
    this.map = map;
    this.model = model;
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
    return {
      x: event.clientX - box.left - (box.width - this.map.camera.view.width),
      y: event.clientY - box.top,
    };
  }

  private readonly down = (event: PointerEvent): void => {
    this.element.focus({ preventScroll: true });
    const { x, y } = this.place(event);
    this.last = { x: event.clientX, y: event.clientY };
    if (event.pointerType === 'touch') {
      this.fingers.set(event.pointerId, { x, y });
      this.drag = this.fingers.size === 1 ? 'tap' : 'pan';
    } else if (event.button === 1) {
      this.drag = 'pan';
    } else if (event.button === 0) {
      const page = x < 0 ? this.map.camera.nearestPage(0, y) : this.map.camera.pageAt(x, y);
      if (page === null) return;
      if (event.shiftKey) extendTo(this.model.selection, page);
      else selectPage(this.model.selection, page);
      this.drag = 'select';
    }
    if (this.drag) this.element.setPointerCapture(event.pointerId);
    // The middle button would start the browser's own scrolling.
    if (event.button === 1) event.preventDefault();
  };

  private readonly moved = (event: PointerEvent): void => {
    const { x, y } = this.place(event);
    if (event.pointerType === 'touch') {
      this.moveFinger(event, x, y);
      return;
    }
    if (this.drag === 'pan') {
      this.map.camera.panBy(this.last.x - event.clientX, this.last.y - event.clientY);
      this.last = { x: event.clientX, y: event.clientY };
    } else if (this.drag === 'select') {
      const far = Math.abs(event.clientX - this.last.x) + Math.abs(event.clientY - this.last.y) > 3;
      const page = far ? this.map.camera.nearestPage(x, y) : null;
      if (page !== null) extendTo(this.model.selection, page);
    }
    this.model.selection.setState({ hover: this.map.camera.pageAt(x, y) });
  };

  private readonly up = (event: PointerEvent): void => {
    const { x, y } = this.place(event);
    if (event.type === 'pointerup' && this.drag === 'tap') {
      const page = this.map.camera.pageAt(x, y);
      if (page !== null) selectPage(this.model.selection, page);
    }
    this.fingers.delete(event.pointerId);
    this.drag = this.fingers.size > 0 ? 'pan' : null;
  };

  /** One finger drags the map; two zoom about the middle between them, which goes with them. */
  private moveFinger(event: PointerEvent, x: number, y: number): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (this.drag === 'tap' && Math.hypot(x - before.x, y - before.y) < 6) return;
    this.drag = 'pan';
    this.fingers.set(event.pointerId, { x, y });
    if (!other) {
      this.map.camera.panBy(before.x - x, before.y - y);
      return;
    }
    const apart = (place: { x: number; y: number }): number =>
      Math.max(16, Math.hypot(place.x - other.x, place.y - other.y));
    this.map.camera.panBy((before.x - x) / 2, (before.y - y) / 2);
    this.map.camera.zoomBy(apart({ x, y }) / apart(before), (x + other.x) / 2, (y + other.y) / 2);
  }

  private readonly left = (): void => {
    this.model.selection.setState({ hover: null });
  };

  private readonly chooseVma = (event: MouseEvent): void => {
    const { x, y } = this.place(event);
    const page = this.map.camera.nearestPage(Math.max(0, x), y);
    const vma = page === null ? null : this.model.frames.vmaOf(page);
    if (vma) selectRange(this.model.selection, vma);
  };

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { x, y } = this.place(event);
    if (event.ctrlKey || event.metaKey) {
      if (isPinch(event)) this.map.camera.zoomBy(wheelFactor(event), Math.max(0, x), y);
      else this.map.camera.zoomSmoothly(wheelFactor(event), Math.max(0, x), y);
      return;
    }
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? this.map.camera.view.height : 1;
    const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
    this.map.camera.panBy(dx * unit, dy * unit);
  };
}
