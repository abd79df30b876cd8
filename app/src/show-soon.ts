/** Maximum delay before a window is shown whose page paints nothing, in milliseconds. */
export const SHOW_WITHIN_MS = 2000;

/** The part of BrowserWindow that is used. */
export interface HiddenWindow {
  once(event: 'ready-to-show' | 'closed', listener: () => void): unknown;
  isDestroyed(): boolean;
  maximize(): void;
  show(): void;
}

/**
 * Shows the window when its page is painted, so that it is never seen empty; but under Wayland a window that is not shown may
 * never paint, and then `ready-to-show` never comes.
 */
export function showSoon(window: HiddenWindow, maximized: boolean): void {
  let shown = false;
  const show = (): void => {
    clearTimeout(timer);
    if (shown || window.isDestroyed()) return;
    shown = true;
    if (maximized) window.maximize();
    window.show();
  };
  const timer = setTimeout(show, SHOW_WITHIN_MS);
  window.once('ready-to-show', show);
  window.once('closed', () => clearTimeout(timer));
}
