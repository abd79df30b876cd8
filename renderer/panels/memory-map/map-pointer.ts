import type { Vma } from '#shared/memory/vma.ts';
import { kindText } from '../../heatmap/description/describe.ts';
import type { MapView } from '../../heatmap/view/map-view.ts';
import type { AppModel } from '../../model/app-model.ts';
import { extendTo, selectPage, selectRange } from '../../stores/selection-store.ts';
import type { Place, PointerHandlers } from '../../ui/pointer.ts';
import type { WheelTurn } from '../../ui/wheel.ts';

/** CSS pixels that a press moves before it is a drag. */
const DRAG_FROM = 3;
const FINGER_DRAG_FROM = 6;
/** Fingers nearer than this count as this far apart. */
const MIN_APART = 16;

/**
 * The pointer on the map. Drag selects pages, Shift+click and Shift+drag extend, double click selects the VMA; the wheel
 * scrolls, Ctrl+wheel and pinch zoom, the middle button drags the map. A finger drags the map, a tap selects, two zoom.
 */
export class MapPointer implements PointerHandlers {
  private readonly element: HTMLElement;
  private readonly map: MapView;
  private readonly selection: AppModel['selection'];
  private readonly frames: AppModel['frames'];
  private drag: 'select' | 'pan' | 'tap' | null = null;
  private last: Place = { x: 0, y: 0 };
  /** Fingers that are down, and where. */
  private readonly fingers = new Map<number, Place>();

  constructor(
    element: HTMLElement,
    map: MapView,
    { selection, frames }: Pick<AppModel, 'selection' | 'frames'>,
  ) {
    this.element = element;
    this.map = map;
    this.selection = selection;
    this.frames = frames;
  }

  origin(): Place {
    return { x: this.element.getBoundingClientRect().width - this.map.camera.view.width, y: 0 };
  }

  down({ x, y }: Place, event: PointerEvent): void {
    const { camera } = this.map;
    this.element.focus({ preventScroll: true });
    this.last = { x: event.clientX, y: event.clientY };
    if (event.pointerType === 'touch') {
      this.fingers.set(event.pointerId, { x, y });
      this.drag = this.fingers.size === 1 ? 'tap' : 'pan';
    } else if (event.button === 1) {
      this.drag = 'pan';
    } else if (event.button === 0) {
      const page = x < 0 ? camera.nearestPage(0, y) : camera.pageAt(x, y);
      if (page === null) return;
      if (event.shiftKey) extendTo(this.selection, page);
      else selectPage(this.selection, page);
      this.drag = 'select';
    }
    if (this.drag) this.element.setPointerCapture(event.pointerId);
    // The middle button would start the browser's own scrolling.
    if (event.button === 1) event.preventDefault();
  }

  move(at: Place, event: PointerEvent): void {
    const { camera } = this.map;
    if (event.pointerType === 'touch') {
      this.moveFinger(event.pointerId, at);
      return;
    }
    const [dx, dy] = [event.clientX - this.last.x, event.clientY - this.last.y];
    if (this.drag === 'pan') {
      camera.panBy(-dx, -dy);
      this.last = { x: event.clientX, y: event.clientY };
    } else if (this.drag === 'select' && Math.abs(dx) + Math.abs(dy) > DRAG_FROM) {
      const page = camera.nearestPage(at.x, at.y);
      if (page !== null) extendTo(this.selection, page);
    }
    this.selection.setState({ hover: camera.pageAt(at.x, at.y) });
    this.showName(at.x < 0 && this.drag === null ? this.map.labelAt(at.y) : null);
  }

  up({ x, y }: Place, event: PointerEvent, cancelled: boolean): void {
    if (!cancelled && this.drag === 'tap') {
      const page = this.map.camera.pageAt(x, y);
      if (page !== null) selectPage(this.selection, page);
    }
    this.fingers.delete(event.pointerId);
    this.drag = this.fingers.size > 0 ? 'pan' : null;
  }

  leave(): void {
    this.selection.setState({ hover: null });
    this.showName(null);
  }

  double({ x, y }: Place): void {
    const page = this.map.camera.nearestPage(Math.max(0, x), y);
    const vma = page === null ? null : this.frames.vmaOf(page);
    if (vma) selectRange(this.selection, vma);
  }

  wheel(turn: WheelTurn, { x, y }: Place): void {
    const { camera } = this.map;
    if (turn.kind === 'pan') camera.panBy(turn.dx, turn.dy);
    else if (turn.smooth) camera.zoomSmoothly(turn.factor, Math.max(0, x), y);
    else camera.zoomBy(turn.factor, Math.max(0, x), y);
  }

  /** The whole name of a label under the pointer as a tooltip: the label may be shortened. */
  private showName(vma: Vma | null): void {
    this.element.title = vma === null ? '' : vma.name || kindText(vma.kind);
  }

  /** One finger drags the map; two zoom about the middle between them, which goes with them. */
  private moveFinger(id: number, { x, y }: Place): void {
    const { camera } = this.map;
    const before = this.fingers.get(id);
    if (!before) return;
    const [other] = [...this.fingers].filter(([finger]) => finger !== id).map(([, place]) => place);
    if (this.drag === 'tap' && Math.hypot(x - before.x, y - before.y) < FINGER_DRAG_FROM) return;
    this.drag = 'pan';
    this.fingers.set(id, { x, y });
    if (!other) {
      camera.panBy(before.x - x, before.y - y);
      return;
    }
    const apart = (place: Place): number =>
      Math.max(MIN_APART, Math.hypot(place.x - other.x, place.y - other.y));
    camera.panBy((before.x - x) / 2, (before.y - y) / 2);
    camera.zoomBy(apart({ x, y }) / apart(before), (x + other.x) / 2, (y + other.y) / 2);
  }
}
