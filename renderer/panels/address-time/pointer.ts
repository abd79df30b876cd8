import { turnTime } from '../../controllers/time-wheel.ts';
import { extendTo, selectPage, selectRange } from '../../stores/selection-store.ts';
import type { Place, PointerHandlers } from '../../ui/pointer.ts';
import type { WheelTurn } from '../../ui/wheel.ts';
import type { AddressTimeView } from './address-time-view.ts';

/** CSS pixels that a press moves before it is a drag. */
const DRAG_FROM = 3;

/** The pointer: a click selects page and time, a drag pages, a double click the mapping; the wheel zooms the time. */
export class AddressTimePointer implements PointerHandlers {
  private readonly element: HTMLElement;
  private readonly view: AddressTimeView;
  private from: number | null = null;

  constructor(element: HTMLElement, view: AddressTimeView) {
    this.element = element;
    this.view = view;
  }

  origin(): Place {
    return { x: this.view.area.gutter, y: 0 };
  }

  down({ x, y }: Place, event: PointerEvent): void {
    if (event.button !== 0) return;
    this.element.focus({ preventScroll: true });
    const pages = this.view.pagesAt(y);
    const { selection, playback } = this.view.model;
    if (pages && event.shiftKey) extendTo(selection, pages.end - 1);
    else if (pages) selectRange(selection, pages);
    if (x >= 0 && !event.shiftKey) playback.goTo(this.frameTimeAt(x));
    this.from = y;
    this.element.setPointerCapture(event.pointerId);
  }

  move({ x, y }: Place): void {
    const { model, area } = this.view;
    const pages = this.view.pagesAt(Math.min(area.height - 1e-3, Math.max(0, y)));
    if (this.from !== null && pages && Math.abs(y - this.from) > DRAG_FROM)
      extendTo(model.selection, pages.end - 1);
    model.selection.setState({ hover: pages?.start ?? null });
    model.time.setState({ hover: x >= 0 && x < area.width ? this.view.timeAt(x) : null });
  }

  up(): void {
    this.from = null;
  }

  leave(): void {
    this.view.model.selection.setState({ hover: null });
    this.view.model.time.setState({ hover: null });
  }

  double({ y }: Place): void {
    const { selection, frames } = this.view.model;
    const pages = this.view.pagesAt(y);
    const vma = pages && frames.vmaOf(pages.start);
    if (vma) selectRange(selection, vma);
    else if (pages) selectPage(selection, pages.start);
  }

  wheel(turn: WheelTurn, { x }: Place): void {
    const { view } = this;
    const axis = { span: view.span, width: view.area.width, timeAt: (px: number) => view.timeAt(px) };
    turnTime(view.model.playback, turn, axis, x);
  }

  /** The time at `x`; of an interval of one frame that of the frame, which is at its end. */
  private frameTimeAt(x: number): number {
    const { view } = this;
    const time = view.timeAt(x);
    const i = view.read?.at(time) ?? -1;
    const interval = i < 0 ? null : view.read?.interval(i);
    return interval?.frames === 1 ? interval.end : time;
  }
}
