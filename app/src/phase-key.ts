/** The key for phases (dump and reset) that works while another program has the focus. */
import type { CommandLine, GlobalShortcut } from 'electron';
import { PHASE_KEY, type PhaseKeyState } from '#shared/contract/shell.ts';

/**
 * Registers or releases the key.
 *
 * @param wayland there the desktop decides whether the key is delivered; registration means nothing until it was received once
 * @returns a function that is called with true to register the key, false to release it
 */
export function createPhaseKey(
  shortcuts: Pick<GlobalShortcut, 'register' | 'unregister'>,
  wayland: boolean,
  pressed: () => void,
): (on: boolean) => PhaseKeyState {
  let fired = false;
  const press = (): void => {
    fired = true;
    pressed();
  };
  return (on) => {
    shortcuts.unregister(PHASE_KEY);
    if (!on) return 'off';
    if (!shortcuts.register(PHASE_KEY, press)) return 'refused';
    return wayland && !fired ? 'unknown' : 'taken';
  };
}

/**
 * Whether the window runs on Wayland, not on X11 or XWayland: by the switch, otherwise as Chromium selects (Electron 38
 * and later).
 */
export function onWayland(
  env: NodeJS.ProcessEnv,
  commandLine: Pick<CommandLine, 'getSwitchValue'>,
  electron = process.versions.electron,
): boolean {
  const platform = commandLine.getSwitchValue('ozone-platform');
  if (platform !== '') return platform === 'wayland';
  return (
    Number.parseInt(electron) >= 38 &&
    env['XDG_SESSION_TYPE'] === 'wayland' &&
    Boolean(env['WAYLAND_DISPLAY'])
  );
}
