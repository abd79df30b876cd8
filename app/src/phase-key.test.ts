import { describe, expect, it } from 'vitest';
import { createPhaseKey, onWayland } from './phase-key.ts';

function keys(gives: boolean, wayland: boolean) {
  let callback: (() => void) | null = null;
  let presses = 0;
  const set = createPhaseKey(
    {
      register: (_key, press) => {
        callback = press;
        return gives;
      },
      unregister: () => (callback = null),
    },
    wayland,
    () => presses++,
  );
  return { set, press: () => callback?.(), count: () => presses };
}

describe('the key for phases', () => {
  it('is registered, refused or released', () => {
    const { set, press, count } = keys(true, false);
    expect(set(true)).toBe('taken');
    press();
    expect(count()).toBe(1);
    expect(set(false)).toBe('off');
    press();
    expect(count()).toBe(1);
    expect(keys(false, false).set(true)).toBe('refused');
  });

  it('counts as available on Wayland only after it was received once', () => {
    const { set, press } = keys(true, true);
    expect(set(true)).toBe('unknown');
    expect(set(false)).toBe('off');
    expect(set(true)).toBe('unknown');
    press();
    expect(set(true)).toBe('taken');
  });
});

describe('onWayland', () => {
  const session = { XDG_SESSION_TYPE: 'wayland', WAYLAND_DISPLAY: 'wayland-0', DISPLAY: ':0' };
  it.each([
    ['the switch', 'wayland', {}, '33.2.1', true],
    ['X11 by the switch', 'x11', session, '45.4.1', false],
    ['a Wayland session, Electron 38', '', session, '38.0.0', true],
    ['a Wayland session, before', '', session, '37.9.0', false],
    ['an X11 session', '', { XDG_SESSION_TYPE: 'x11', WAYLAND_DISPLAY: 'wayland-0' }, '45.4.1', false],
  ])('%s', (_name, platform, env, electron, expected) => {
    expect(onWayland(env, { getSwitchValue: () => platform }, electron)).toBe(expected);
  });
});
