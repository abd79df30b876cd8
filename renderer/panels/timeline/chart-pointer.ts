import { turnTime } from '../../controllers/time-wheel.ts';
import type { AppModel } from '../../model/app-model.ts';
import type { Place, PointerHandlers } from '../../ui/pointer.ts';
import type { WheelTurn } from '../../ui/wheel.ts';
import { GUTTER, type ChartView } from './chart-view.ts';

/** CSS pixels within which a press is a click. */
const CLICK = 3;

/**
 * The pointer on the timeline: on the ruler it drags the position along, on the plot a click selects a time and a drag a
 * range; the wheel moves along, Ctrl+wheel zooms, a double click shows all again.
 */
export class ChartPointer implements PointerHandlers {
  private readonly element: HTMLElement;
  private readonly view: ChartView;
  private readonly time: AppModel['time'];
  private readonly playback: AppModel['playback'];
  private drag: { readonly kind: 'seek' | 'brush'; readonly x: number } | null = null;

  constructor(
    element: HTMLElement,
    view: ChartView,
    { time, playback }: Pick<AppModel, 'time' | 'playback'>,
  ) {
    this.element = element;
    this.view = view;
    this.time = time;
    this.playback = playback;
  }

  origin(): Place {
    return { x: GUTTER, y: 0 };
  }

  down({ x, y }: Place, event: PointerEvent): void {
    // Flags of marks are buttons of their own.
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button'))) return;
    this.element.querySelector<HTMLElement>('[role="slider"]')?.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.drag = { kind: y < this.view.top ? 'seek' : 'brush', x };
    if (this.drag.kind === 'seek') this.playback.goTo(this.view.timeAt(x));
  }

  move({ x }: Place): void {
    const time = this.view.timeAt(x);
    this.time.setState({ hover: x >= 0 && x <= this.view.size.width ? time : null });
    if (this.drag?.kind === 'seek') this.playback.goTo(time);
    else if (this.drag && Math.abs(x - this.drag.x) > CLICK) {
      const from = this.view.timeAt(this.drag.x);
      this.time.setState({ range: { start: Math.min(from, time), end: Math.max(from, time) } });
    }
  }

  up({ x }: Place, _event: PointerEvent, cancelled: boolean): void {
    const { drag } = this;
    this.drag = null;
    if (cancelled || drag?.kind !== 'brush' || Math.abs(x - drag.x) > CLICK) return;
    this.time.setState({ range: null });
    this.playback.goTo(this.view.timeAt(x));
  }

  leave(): void {
    this.time.setState({ hover: null });
  }

  double(): void {
    this.playback.zoomOut();
  }

  wheel(turn: WheelTurn, { x }: Place): void {
    const { span, size } = this.view;
    const axis = { span, width: size.width, timeAt: (px: number) => this.view.timeAt(px) };
    turnTime(this.playback, turn, axis, x);
  }
}
