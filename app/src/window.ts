/** The one window. */
import { join } from 'node:path';
import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import { DEBUG_HANDLE } from './preload/channels.ts';
import { isOwnAddress, START_PAGE } from './protocol-path.ts';
import { showSoon } from './show-soon.ts';
import { backgroundColor } from './theme.ts';
import { loadState, MIN_HEIGHT, MIN_WIDTH, saveState } from './window-state.ts';

const PAINTED_WITHIN_MS = 500;

/** Windows that the user or a quit closes: a load or page process that ends with them is not a failure. */
const closing = new WeakSet<BrowserWindow>();

/** Whether a window is being closed or is closed. */
export function isClosing(window: BrowserWindow): boolean {
  return window.isDestroyed() || closing.has(window);
}

export function createWindow(preload: string): BrowserWindow {
  const file = join(app.getPath('userData'), 'window.json');
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter((display) => display.id !== primary.id);
  const { maximized, ...place } = loadState(
    file,
    [primary, ...others].map((display) => display.workArea),
  );

  const window = new BrowserWindow({
    ...place,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    title: 'Soft-Dirty Inspector',
    backgroundColor: backgroundColor(),
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !app.isPackaged,
      v8CacheOptions: 'bypassHeatCheck',
      additionalArguments: wantsDebugHandle() ? [DEBUG_HANDLE] : [],
    },
  });

  showSoon(window, maximized);
  window.on('close', () => {
    closing.add(window);
    saveState(file, { ...window.getNormalBounds(), maximized: window.isMaximized() });
  });
  const repaint = (): void => window.setBackgroundColor(backgroundColor());
  nativeTheme.on('updated', repaint);
  window.once('closed', () => nativeTheme.off('updated', repaint));

  return window;
}

/** Resolves when the page is painted, and within PAINTED_WITHIN_MS, since a window that is not shown may never paint. */
export function untilPainted(window: BrowserWindow): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PAINTED_WITHIN_MS);
    window.once('ready-to-show', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Requested by tests; missing in the packaged program. */
function wantsDebugHandle(): boolean {
  return !app.isPackaged && process.env['SOFT_DIRTY_INSPECTOR_DEBUG_HANDLE'] === '1';
}

/**
 * Brings the page back where the window shows another address: a page may go to about:blank without
 * a permission check.
 */
export function keepOwnPage(window: BrowserWindow): void {
  window.webContents.on('did-navigate', (_event, address) => {
    if (!isOwnAddress(address)) void loadPage(window);
  });
}

/** Loads the page; a failure (files that were not built) is reported by `did-fail-load`. */
export async function loadPage(window: BrowserWindow): Promise<void> {
  await window.loadURL(START_PAGE);
}
