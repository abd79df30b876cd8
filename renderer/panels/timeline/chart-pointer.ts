import type { AppModel } from '../../model/app-model.ts';
import { GUTTER, RULER, type ChartView } from './chart-view.ts';

/** Pixels within which a press is a click. */
const CLICK = 3;

/**
 * The pointer on the timeline: on the ruler it drags the moment along, on the plot a click chooses a moment and a drag a
 * stretch; the wheel moves along, Ctrl+wheel zooms, a double click shows all again.
 */
export class ChartPointer {
  private readonly element: HTMLElement;
  private readonly view: ChartView;
  private readonly model: AppModel;
  private readonly stop = new AbortController();
  private drag: { readonly kind: 'seek' | 'brush'; readonly x: number } | null = null;

  constructor(element: HTMLElement, view: ChartView, model: AppModel) {
    this.element = element;
    this.view = view;
    this.model = model;
    const { signal } = this.stop;
    element.addEventListener('pointerdown', this.down, { signal });
    element.addEventListener('pointermove', this.moved, { signal });
    element.addEventListener('pointerup', this.up, { signal });
    element.addEventListener('pointercancel', this.cancelled, { signal });
    element.addEventListener('pointerleave', this.left, { signal });
    element.addEventListener('dblclick', this.all, { signal });
    element.addEventListener('wheel', this.wheel, { signal, passive: false });
  }

  dispose(): void {
    this.stop.abort();
  }

  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left - GUTTER, y: event.clientY - box.top };
  }

  private readonly down = (event: PointerEvent): void => {
    // Flags of marks are buttons of their own.
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button'))) return;
    const { x, y } = this.place(event);
    this.element.querySelector<HTMLElement>('[role="slider"]')?.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.drag = { kind: y < RULER ? 'seek' : 'brush', x };
    if (this.drag.kind === 'seek') this.model.playback.goTo(this.view.timeAt(x));
  };

  private readonly moved = (event: PointerEvent): void => {
    const { x } = this.place(event);
    const time = this.view.timeAt(x);
    this.model.time.setState({ hover: x >= 0 && x <= this.view.size.width ? time : null });
    if (this.drag?.kind === 'seek') this.model.playback.goTo(time);
    else if (this.drag && Math.abs(x - this.drag.x) > CLICK) {
      const from = this.view.timeAt(this.drag.x);
      this.model.time.setState({ range: { start: Math.min(from, time), end: Math.max(from, time) } });
    }
  };

  private readonly up = (event: PointerEvent): void => {
    const { drag } = this;
    this.drag = null;
    const { x } = this.place(event);
    if (drag?.kind !== 'brush' || Math.abs(x - drag.x) > CLICK) return;
    this.model.time.setState({ range: null });
    this.model.playback.goTo(this.view.timeAt(x));
  };

  private readonly cancelled = (): void => {
    this.drag = null;
  };

  private readonly left = (): void => {
    this.model.time.setState({ hover: null });
  };

  private readonly all = (): void => {
    this.model.playback.zoomOut();
  };

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { start, end } = this.view.span;
    if (event.ctrlKey || event.metaKey) {
      const at = this.view.timeAt(this.place(event).x);
      const factor = 2 ** (event.deltaY * 0.004);
      this.model.playback.zoomTo(at + (start - at) * factor, at + (end - at) * factor);
    } else {
      const by = ((event.deltaX + event.deltaY) / Math.max(1, this.view.size.width)) * (end - start);
      this.model.playback.zoomTo(start + by, end + by);
    }
  };
}
