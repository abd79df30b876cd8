import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSideOpen, MIDDLE_MIN, openSide, roomOf, widthsOf } from './panels.ts';
import { createViewStore } from './view-store.ts';

describe('panels around the map', () => {
  it('leave space for the middle in any window, for any selected sizes', () => {
    const anySettings = fc.record({
      leftWidth: fc.integer({ min: 160, max: 900 }),
      rightWidth: fc.integer({ min: 260, max: 900 }),
      leftOpen: fc.boolean(),
      rightOpen: fc.boolean(),
      sideWhenNarrow: fc.constantFrom('left' as const, 'right' as const, null),
      sideWhenSingle: fc.constantFrom('left' as const, 'right' as const, null),
    });
    fc.assert(
      fc.property(anySettings, fc.integer({ min: 320, max: 3840 }), (settings, width) => {
        const view = { ...createViewStore(null).getState(), ...settings };
        const { left, right, middle } = widthsOf(view, width);
        const sides = (left ?? 0) + (right ?? 0);
        if (middle) expect(width - sides).toBeGreaterThanOrEqual(Math.min(width, MIDDLE_MIN));
        else expect(sides).toBe(width);
        const room = roomOf(width);
        expect(left !== null).toBe(isSideOpen(view, room, 'left'));
        expect(right !== null).toBe(isSideOpen(view, room, 'right'));
      }),
    );
  });

  it('are as wide as selected if there is room', () => {
    const view = { ...createViewStore(null).getState(), leftWidth: 400 };
    expect(widthsOf(view, 1280)).toEqual({ left: 400, right: view.rightWidth, middle: true });
  });

  it('until one is selected, the mappings are wider in a wide window', () => {
    const view = createViewStore(null).getState();
    expect([1280, 3840].map((width) => widthsOf(view, width).left)).toEqual([396, 520]);
  });

  it('in a narrow window one side takes the place of the other', () => {
    const view = createViewStore(null);
    openSide(view, 'narrow', 'left', true);
    expect(isSideOpen(view.getState(), 'narrow', 'right')).toBe(false);
    openSide(view, 'narrow', 'left', false);
    expect(widthsOf(view.getState(), 800)).toEqual({ left: null, right: null, middle: true });
    expect(widthsOf(view.getState(), 1280).left).toBe(396);
  });

  it('are remembered, and what was kept wrongly is replaced', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    createViewStore(storage).setState({ leftWidth: 412, bottomOpen: false });
    expect(createViewStore(storage).getState()).toMatchObject({ leftWidth: 412, bottomOpen: false });
    for (const key of kept.keys()) kept.set(key, '{"leftWidth":"wide","inspectorHeight":-1,"middle":7}');
    expect(createViewStore(storage).getState()).toEqual(createViewStore(null).getState());
  });
});
