import { beforeAll, describe, expect, it } from 'vitest';
import { wheelTurn } from './wheel.ts';

const turn = (event: Partial<WheelEvent>) =>
  wheelTurn({ deltaX: 0, deltaY: 0, deltaMode: 0, ...event } as WheelEvent, 600);

describe('the wheel', () => {
  // Node has no WheelEvent; the number is that of the DOM's standard.
  beforeAll(() => Object.assign(globalThis, { WheelEvent: { DOM_DELTA_LINE: 1 } }));

  it('pans by pixels, lines and pages, sideways with Shift', () => {
    expect(turn({ deltaY: 120 })).toEqual({ kind: 'pan', dx: 0, dy: 120 });
    expect(turn({ deltaX: 3, deltaY: 4, shiftKey: true })).toEqual({ kind: 'pan', dx: 4, dy: 3 });
    expect(turn({ deltaY: 2, deltaMode: 1 })).toEqual({ kind: 'pan', dx: 0, dy: 32 });
    expect(turn({ deltaY: 1, deltaMode: 2 })).toEqual({ kind: 'pan', dx: 0, dy: 600 });
  });

  it('zooms with Ctrl: steps of a wheel in a motion, a pinch at once', () => {
    expect(turn({ deltaY: 100, ctrlKey: true })).toEqual({ kind: 'zoom', factor: 2 ** -0.4, smooth: true });
    expect(turn({ deltaY: -250, metaKey: true })).toMatchObject({ factor: 2, smooth: true });
    expect(turn({ deltaY: -2.5, ctrlKey: true })).toEqual({
      kind: 'zoom',
      factor: 2 ** 0.025,
      smooth: false,
    });
  });
});
