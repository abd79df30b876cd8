/** Files that the window exports: the user selects their path in the system's dialog, never the page. */
import { extname, join } from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import { EXPORT_KINDS, type SaveReply, type SaveRequest } from '#shared/contract/shell.ts';
import { writeWhole } from './write-whole.ts';

/** Asks where to save, and saves. An existing file stays until the new one is complete. */
export async function save(window: BrowserWindow, { kind, name, data }: SaveRequest): Promise<SaveReply> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Export',
    defaultPath: join(app.getPath('documents'), `${name}.${kind}`),
    filters: [{ name: EXPORT_KINDS[kind], extensions: [kind] }],
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  });
  if (canceled || filePath === '') return { status: 'cancelled' };
  const path = extname(filePath) === '' ? `${filePath}.${kind}` : filePath;
  // A snapshot contains a program's memory, which is private.
  return writeWhole(path, data, kind === 'bin' ? 0o600 : undefined);
}
