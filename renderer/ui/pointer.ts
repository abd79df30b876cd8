import { type WheelTurn, wheelTurn } from './wheel.ts';

/** In CSS pixels from the top left of what is plotted. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** What a view does with the pointer. */
export interface PointerHandlers {
  /** Left top of the plot within the element, in CSS pixels: labels at the left and above are part of the element. */
  origin(): Place;
  down(at: Place, event: PointerEvent): void;
  move(at: Place, event: PointerEvent): void;
  /** The pointer was released; `cancelled`: the system took it away. */
  up(at: Place, event: PointerEvent, cancelled: boolean): void;
  leave(): void;
  double(at: Place): void;
  wheel(turn: WheelTurn, at: Place): void;
}

/** Passes the pointer's events on `element` to `handlers`. @returns a function that ends it */
export function listenToPointer(element: HTMLElement, handlers: PointerHandlers): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const place = (event: MouseEvent): Place => {
    const box = element.getBoundingClientRect();
    const origin = handlers.origin();
    return { x: event.clientX - box.left - origin.x, y: event.clientY - box.top - origin.y };
  };
  const on = <K extends 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel' | 'pointerleave'>(
    type: K,
    run: (event: PointerEvent) => void,
  ): void => element.addEventListener(type, run, { signal });
  on('pointerdown', (event) => handlers.down(place(event), event));
  on('pointermove', (event) => handlers.move(place(event), event));
  on('pointerup', (event) => handlers.up(place(event), event, false));
  on('pointercancel', (event) => handlers.up(place(event), event, true));
  on('pointerleave', () => handlers.leave());
  element.addEventListener('dblclick', (event) => handlers.double(place(event)), { signal });
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      handlers.wheel(wheelTurn(event, element.clientHeight), place(event));
    },
    // Not passive: zooming must not scroll the window.
    { signal, passive: false },
  );
  return () => stop.abort();
}
