/** The system's dialogs for files: opening a recording or a lesson, the path of a new one, the program to launch. */
import { extname, join } from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import { LESSON_ENDING, RECORDING_ENDING } from '#shared/contract/shell.ts';

const filters = [{ name: 'Recordings', extensions: [RECORDING_ENDING.slice(1)] }];

export async function selectRecording(window: BrowserWindow): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: 'Open a recording',
    filters: [...filters, { name: 'All files', extensions: ['*'] }],
    properties: ['openFile'],
  });
  return canceled ? null : (filePaths[0] ?? null);
}

export async function selectLesson(window: BrowserWindow): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: 'Open a lesson or scenario',
    filters: [
      { name: 'Lessons and scenarios', extensions: [LESSON_ENDING.slice(1)] },
      { name: 'All files', extensions: ['*'] },
    ],
    properties: ['openFile'],
  });
  return canceled ? null : (filePaths[0] ?? null);
}

/** The engine refuses to overwrite, so the dialog does not ask whether to. */
export async function selectRecordingTarget(window: BrowserWindow, name: string): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Record to',
    defaultPath: join(app.getPath('documents'), `${name}${RECORDING_ENDING}`),
    filters,
    properties: ['createDirectory'],
  });
  if (canceled || filePath === '') return null;
  return extname(filePath) === '' ? `${filePath}${RECORDING_ENDING}` : filePath;
}

export async function selectProgram(window: BrowserWindow): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: 'Launch a program',
    buttonLabel: 'Select',
    properties: ['openFile', 'showHiddenFiles'],
  });
  return canceled ? null : (filePaths[0] ?? null);
}
