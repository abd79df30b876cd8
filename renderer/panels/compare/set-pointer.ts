import type { AppModel } from '../../model/app-model.ts';
import { extendTo, selectPage } from '../../stores/selection-store.ts';
import type { Place, PointerHandlers } from '../../ui/pointer.ts';
import type { WheelTurn } from '../../ui/wheel.ts';
import type { SetView } from './set-view.ts';

/** The pointer on compared pages: a click selects a page, a drag pages; the wheel scrolls, Ctrl+wheel zooms. */
export class SetPointer implements PointerHandlers {
  private readonly element: HTMLElement;
  private readonly view: SetView;
  private readonly selection: AppModel['selection'];
  private dragging = false;

  constructor(element: HTMLElement, view: SetView, selection: AppModel['selection']) {
    this.element = element;
    this.view = view;
    this.selection = selection;
  }

  origin(): Place {
    return { x: this.element.getBoundingClientRect().width - this.view.view.width, y: 0 };
  }

  down({ x, y }: Place, event: PointerEvent): void {
    this.element.focus({ preventScroll: true });
    const page = event.button === 0 ? this.view.pageAt(x, y) : null;
    if (page === null) return;
    if (event.shiftKey) extendTo(this.selection, page);
    else selectPage(this.selection, page);
    this.dragging = true;
    this.element.setPointerCapture(event.pointerId);
  }

  move({ x, y }: Place): void {
    const page = this.view.pageAt(x, y);
    if (this.dragging && page !== null) extendTo(this.selection, page);
    this.selection.setState({ hover: page });
  }

  up(): void {
    this.dragging = false;
  }

  leave(): void {
    this.selection.setState({ hover: null });
  }

  double(): void {
    this.view.fit();
  }

  wheel(turn: WheelTurn, { x, y }: Place): void {
    if (turn.kind === 'zoom') this.view.zoomBy(turn.factor, Math.max(0, x), y);
    else this.view.panBy(turn.dx, turn.dy);
  }
}
