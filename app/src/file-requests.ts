/** Answers the window's requests about files of this machine. A file that the user selects outside of the page is allowed by that. */
import { join } from 'node:path';
import { app, type BrowserWindow, shell } from 'electron';
import { HERE } from '#shared/contract/engine-location.ts';
import { filePathSchema, recordingNameSchema, saveRequestSchema } from '#shared/contract/shell.ts';
import { openSourceLineSchema } from '#shared/contract/source-line.ts';
import { namedRangesSchema } from '#shared/ranges/named-range.ts';
import type { EngineChoice } from './engine-choice.ts';
import { selectLesson, selectProgram, selectRecording, selectRecordingTarget } from './file-dialogs.ts';
import type { Ipc } from './ipc.ts';
import { createNamedRanges } from './named-ranges.ts';
import { CHANNELS } from './preload/channels.ts';
import type { RecentFiles } from './recent-files.ts';
import { save } from './save.ts';
import { openSourceLine, startDetached } from './source-editor.ts';

export interface FileRequestsOptions {
  /** The window that sends the requests. */
  window(): BrowserWindow | null;
  readonly choice: Pick<EngineChoice, 'permitsOf' | 'keyHere'>;
  readonly recent: RecentFiles;
  /** Gets a sentence for standard error. */
  report(sentence: string): void;
}

export function answerFileRequests(ipc: Ipc, { window, choice, recent, report }: FileRequestsOptions): void {
  const permits = choice.permitsOf(HERE);
  const allowed = async (
    kind: 'read' | 'write',
    select: (window: BrowserWindow) => Promise<string | null>,
  ): Promise<string | null> => {
    const owner = window();
    const selected = owner && (await select(owner));
    if (selected !== null) permits.allow({ kind, path: selected });
    return selected;
  };
  ipc.answer(CHANNELS.selectRecording, () => allowed('read', selectRecording));
  ipc.answer(CHANNELS.selectLesson, () => allowed('read', selectLesson));
  ipc.answerWith(CHANNELS.selectRecordingTarget, recordingNameSchema, (name) =>
    allowed('write', (owner) => selectRecordingTarget(owner, name)),
  );
  ipc.answer(CHANNELS.selectProgram, () => {
    const owner = window();
    return owner && selectProgram(owner);
  });
  ipc.answerWith(CHANNELS.dropped, filePathSchema, (path) => permits.allow({ kind: 'read', path }));
  ipc.answerWith(CHANNELS.save, saveRequestSchema, (request) => {
    const owner = window();
    return owner && save(owner, request);
  });
  ipc.answerWith(CHANNELS.showInFolder, filePathSchema, async (path) => {
    if (await permits.knows(path)) shell.showItemInFolder(path);
  });
  ipc.answerWith(CHANNELS.openSourceLine, openSourceLineSchema, (line) =>
    openSourceLine(line, {
      key: choice.keyHere,
      env: process.env,
      start: startDetached,
      hasVsCode: () => app.getApplicationNameForProtocol('vscode://') !== '',
      openAddress: (address) => shell.openExternal(address),
    }),
  );

  const ranges = createNamedRanges(join(app.getPath('userData'), 'named-ranges.json'), report);
  ipc.answer(CHANNELS.namedRanges, () => ranges.list());
  ipc.answerWith(CHANNELS.saveNamedRanges, namedRangesSchema, (list) => ranges.save(list));

  ipc.answer(CHANNELS.recentRecordings, () => recent.list());
  ipc.answerWith(CHANNELS.rememberRecording, filePathSchema, async (path) => {
    if (!(await permits.knows(path))) return;
    app.addRecentDocument(path);
    return recent.add(path);
  });
  ipc.answer(CHANNELS.forgetRecordings, () => {
    app.clearRecentDocuments();
    return recent.clear();
  });
}
