/** Dialogs of the shell, for when the page itself cannot show them. */
import { app, dialog, type BrowserWindow } from 'electron';
import { exitText } from './exit-text.ts';
import type { Question } from './permit-questions.ts';
import { isClosing } from './window.ts';

/** Offers to load the page again when its process has ended or hangs. */
export function watchPage(window: BrowserWindow): void {
  let asking = false;
  const ask = async (message: string, detail: string, wait: string | null): Promise<void> => {
    if (asking || isClosing(window)) return;
    asking = true;
    const buttons = [...(wait === null ? [] : [wait]), 'Reload the view', 'Quit'];
    const { response } = await dialog.showMessageBox(window, {
      type: 'error',
      title: app.name,
      message,
      detail,
      buttons,
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    asking = false;
    if (window.isDestroyed()) return;
    if (buttons[response] === 'Quit') app.quit();
    else if (buttons[response] !== wait) window.webContents.reload();
  };

  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') return;
    process.stderr.write(`The view's process ended: ${exitText(details.exitCode, details.reason)}.\n`);
    void ask(
      'The view stopped working.',
      `Its process has terminated: ${exitText(details.exitCode, details.reason)}. ` +
        'The engine keeps tracking the program, which is not affected.',
      null,
    );
  });
  window.on('unresponsive', () => {
    void ask('The view does not respond.', 'It may be busy. The tracked program is not affected.', 'Wait');
  });
  window.webContents.on('did-fail-load', (_event, code, description, address, isMainFrame) => {
    // -3 is a load that another load replaced.
    if (!isMainFrame || code === -3 || isClosing(window)) return;
    showErrorAndQuit(
      'The page could not be loaded.',
      `${address} could not be loaded (${description}). Its files are missing or damaged: ` +
        'build the program again, or install it again.',
    );
  });
}

/** Asks the user; false if the user refuses, or there is no window to ask in. */
export async function confirm(window: BrowserWindow | null, question: Question): Promise<boolean> {
  if (window === null || window.isDestroyed()) return false;
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: app.name,
    message: question.message,
    detail: question.detail,
    buttons: [question.confirm, 'Cancel'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

/** Reports a fatal error on stderr and on the screen, and ends with code 1. */
export function showErrorAndQuit(message: string, detail: string): void {
  process.stderr.write(`${message} ${detail}\n`);
  if (app.isReady()) dialog.showErrorBox(message, detail);
  app.exit(1);
}
