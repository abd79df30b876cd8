import { extendTo, selectPage, selectRange } from '../../stores/selection-store.ts';
import type { AddressTimeView } from './address-time-view.ts';

/** The pointer: a click chooses page and moment, a drag pages, a double click the mapping; the wheel zooms the time. */
export class AddressTimePointer {
  private readonly element: HTMLElement;
  private readonly view: AddressTimeView;
  private readonly stop = new AbortController();
  private from: { x: number; y: number } | null = null;

  constructor(element: HTMLElement, view: AddressTimeView) {
    this.element = element;
    this.view = view;
    const { signal } = this.stop;
    element.addEventListener('pointerdown', this.down, { signal });
    element.addEventListener('pointermove', this.moved, { signal });
    element.addEventListener('pointerup', this.up, { signal });
    element.addEventListener('pointercancel', this.up, { signal });
    element.addEventListener('pointerleave', this.left, { signal });
    element.addEventListener('dblclick', this.chooseVma, { signal });
    element.addEventListener('wheel', this.wheel, { signal, passive: false });
  }

  dispose(): void {
    this.stop.abort();
  }

  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    return {
      x: event.clientX - box.left - this.view.area.gutter,
      y: event.clientY - box.top,
    };
  }

  /** The time at `x`; of an interval of one frame that of the frame, which is at its end. */
  private momentAt(x: number): number {
    const { view } = this;
    const time = view.timeAt(x);
    const i = view.read?.at(time) ?? -1;
    const interval = i < 0 ? null : view.read?.interval(i);
    return interval?.frames === 1 ? interval.end : time;
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.element.focus({ preventScroll: true });
    const { x, y } = this.place(event);
    const pages = this.view.pagesAt(y);
    const { selection, playback } = this.view.model;
    if (pages && event.shiftKey) extendTo(selection, pages.end - 1);
    else if (pages) selectRange(selection, pages);
    if (x >= 0 && !event.shiftKey) playback.goTo(this.momentAt(x));
    this.from = { x: event.clientX, y: event.clientY };
    this.element.setPointerCapture(event.pointerId);
  };

  private readonly moved = (event: PointerEvent): void => {
    const { x, y } = this.place(event);
    const { model, area } = this.view;
    const pages = this.view.pagesAt(Math.min(area.height - 1e-3, Math.max(0, y)));
    if (this.from && pages && Math.abs(event.clientY - this.from.y) > 3)
      extendTo(model.selection, pages.end - 1);
    model.selection.setState({ hover: pages?.start ?? null });
    model.time.setState({
      hover: x >= 0 && x < area.width ? this.view.timeAt(x) : null,
    });
  };

  private readonly up = (): void => {
    this.from = null;
  };

  private readonly left = (): void => {
    this.view.model.selection.setState({ hover: null });
    this.view.model.time.setState({ hover: null });
  };

  private readonly chooseVma = (event: MouseEvent): void => {
    const pages = this.view.pagesAt(this.place(event).y);
    const vma = pages && this.view.model.frames.vmaOf(pages.start);
    if (vma) selectRange(this.view.model.selection, vma);
    else if (pages) selectPage(this.view.model.selection, pages.start);
  };

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { start, end } = this.view.span;
    if (event.ctrlKey || event.metaKey) {
      const at = this.view.timeAt(this.place(event).x);
      const factor = 2 ** (event.deltaY * 0.004);
      this.view.model.playback.zoomTo(at + (start - at) * factor, at + (end - at) * factor);
    } else {
      const by = ((event.deltaX + event.deltaY) / Math.max(1, this.view.area.width)) * (end - start);
      this.view.model.playback.zoomTo(start + by, end + by);
    }
  };
}
