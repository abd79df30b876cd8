/** The shell's entry and single composition root: every location and dependency is set here. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, clipboard, globalShortcut, ipcMain, session, type WebContents } from 'electron';
import { z } from 'zod';
import { engineLocationSchema, HERE, type EngineLocation } from '#shared/contract/engine-location.ts';
import { permitSubjectSchema, type PermitSubject } from '#shared/contract/permit.ts';
import {
  applicationMenuSchema,
  type HostStatus,
  type ShellInfo,
  type UseEngineReply,
} from '#shared/contract/shell.ts';
import { systemReason } from '#shared/system-reason.ts';
import { makePipes } from '../../main/link/terminal-pipes.ts';
import { recordingsFolder } from '../../main/recording/default-path.ts';
import {
  type CommandLine,
  handedOver,
  HELP,
  ownWords,
  parseCommandLine,
  subjectOfArgument,
} from './command-line.ts';
import { confirm, showErrorAndQuit, watchPage } from './dialogs.ts';
import { createEngineChoice } from './engine-choice.ts';
import { createEngineHost, type EngineHost } from './engine-host.ts';
import { answerFileRequests } from './file-requests.ts';
import { createIpc } from './ipc.ts';
import { createMenu } from './menu.ts';
import { CHANNELS } from './preload/channels.ts';
import { isOwnAddress } from './protocol-path.ts';
import { registerScheme, serveRenderer } from './protocol.ts';
import { createPhaseKey, onWayland } from './phase-key.ts';
import { createRecentFiles } from './recent-files.ts';
import { foreignProfile, removeStaleLock } from './profile.ts';
import { hardenApplication } from './security.ts';
import { createWindow, isClosing, keepOwnPage, loadPage, untilPainted } from './window.ts';

const dist = join(app.getAppPath(), 'dist');

function main(): void {
  const words = ownWords(process.argv, app.isPackaged, (word) => resolve(word) === resolve(app.getAppPath()));
  const parsed = parseCommandLine(words, process.cwd());
  // Reading `userData` creates it; its owner follows from the folder above.
  const own = app.commandLine.hasSwitch('user-data-dir') ? 'userData' : 'appData';
  const foreign = foreignProfile(app.getPath(own));
  if (!parsed.ok) {
    process.stderr.write(`${parsed.message}\n`);
    app.exit(2);
  } else if (parsed.value.action === 'help') {
    process.stdout.write(HELP);
    app.exit(0);
  } else if (parsed.value.action === 'version') {
    const { electron, chrome, node } = process.versions;
    process.stdout.write(
      `${app.name} ${app.getVersion()} (Electron ${electron}, Chromium ${chrome}, Node ${node})\n`,
    );
    app.exit(0);
  } else if (app.isPackaged && app.commandLine.hasSwitch('no-sandbox') && process.getuid?.() !== 0) {
    process.stderr.write(
      '--no-sandbox is for root only. Start the program without it, so that its page is in a sandbox.\n',
    );
    app.exit(2);
  } else if (foreign !== null) {
    process.stderr.write(`${foreign}\n`);
    app.exit(1);
  } else if (!takeLock({ source: parsed.value.source, location: parsed.value.location })) {
    const { source } = parsed.value;
    const there = source === null ? '' : ` ${source} is opened there.`;
    process.stderr.write(`${app.name} is already running; its window was brought to the front.${there}\n`);
    app.exit(0);
  } else {
    run(parsed.value.source, parsed.value.location);
  }
}

/** False if the program runs already. A stale lock does not count. */
function takeLock(data: Omit<CommandLine, 'action'>): boolean {
  removeStaleLock(app.getPath('userData'));
  return app.requestSingleInstanceLock(data);
}

/** The engine detaches from the watched program before the shell exits. */
function stopBeforeQuit(engine: EngineHost): void {
  let stopped = false;
  app.on('will-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    // Deferred: Electron ignores a quit while it is still handling this event, as it does where
    // the engine has ended already (Ctrl-C in a terminal reaches both).
    void engine.stop().finally(() =>
      setImmediate(() => {
        stopped = true;
        app.quit();
      }),
    );
  });
}

function run(source: string | null, location: EngineLocation): void {
  // Without a graphics card Chromium's software OpenGL presents no frame on Wayland; its software compositor does.
  if (onWayland(process.env, app.commandLine) && !existsSync('/dev/dri')) app.disableHardwareAcceleration();
  hardenApplication();
  registerScheme();

  let window: BrowserWindow | null = null;
  const contents = (): WebContents | null =>
    window === null || window.isDestroyed() ? null : window.webContents;

  const sendStatus = (status: HostStatus): void => contents()?.send(CHANNELS.hostStatus, status);
  // A page whose scripts have run gets a port to each engine that is started while it is shown.
  let pageIsReady = false;
  const engine = createEngineHost(join(dist, 'host.js'), (status) => {
    sendStatus(status);
    if (status.status === 'running' && pageIsReady) void choice.connect();
  });

  const report = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  const ipc = createIpc(ipcMain, contents, report);
  const info: ShellInfo = {
    version: app.getVersion(),
    electron: process.versions.electron,
    chromium: process.versions.chrome,
    platform: process.platform,
    source,
  };
  ipc.answer(CHANNELS.info, () => info);
  const runAction = (id: string): void => contents()?.send(CHANNELS.menuAction, id);
  const menu = createMenu(runAction);
  ipc.answerWith(CHANNELS.showMenu, applicationMenuSchema, (actions) => menu.show(actions));
  const phaseKey = createPhaseKey(globalShortcut, onWayland(process.env, app.commandLine), () =>
    runAction('recording.dump'),
  );
  ipc.answerWith(CHANNELS.listenForPhases, z.boolean(), phaseKey);

  const recent = createRecentFiles(join(app.getPath('userData'), 'recent.json'));
  const choice = createEngineChoice({
    host: engine,
    ask: (question) => confirm(window, question),
    recent: recent.list,
    recordings: recordingsFolder(),
    initial: location,
    makePipes,
    copy: (text) => void clipboard.writeText(text),
    sendPort: (port) => contents()?.postMessage(CHANNELS.enginePort, null, [port]),
    sendStatus,
  });
  ipc.answer(CHANNELS.restartEngine, () => choice.restart());
  ipc.answerWith(CHANNELS.useEngine, engineLocationSchema, choice.use);
  // What is named outside of the page comes from the user.
  const allowArgument = (words: string | null, at: EngineLocation): void => {
    const subject = words === null ? null : subjectOfArgument(words);
    if (subject !== null) choice.permitsOf(subject.kind === 'read' ? HERE : at).allow(subject);
  };
  allowArgument(source, location);
  ipc.answerWith(CHANNELS.permit, permitSubjectSchema, (subject: PermitSubject) =>
    (subject.kind === 'write' && subject.here ? choice.permitsOf(HERE) : choice.present()).request(subject),
  );
  answerFileRequests(ipc, { window: () => window, choice, recent, report });

  const bringToFront = (): void => {
    if (window === null) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };
  const openThere = async ({ source: words, location: at }: Omit<CommandLine, 'action'>): Promise<void> => {
    choice.agree(at);
    const reply: UseEngineReply = choice.isPresent(at) ? { status: 'connected' } : await choice.use(at);
    if (reply.status === 'failed') process.stderr.write(`${reply.error.message} ${reply.error.remedy}\n`);
    if (reply.status !== 'connected' || words === null) return;
    allowArgument(words, at);
    contents()?.send(CHANNELS.open, words);
  };
  app.on('second-instance', (_event, argv, _folder, given) => {
    // The window is closed, and the engine restores huge pages: this process ends, and another starts.
    if (window?.isDestroyed() === true) {
      app.relaunch({ args: argv.slice(1) });
      return engine.hurry();
    }
    bringToFront();
    const wanted = handedOver(given);
    if (wanted !== null) void openThere(wanted);
  });
  // macOS passes files this way, also before the program is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    bringToFront();
    choice.permitsOf(HERE).allow({ kind: 'read', path });
    if (window === null) info.source = `recording:${path}`;
    else contents()?.send(CHANNELS.open, `recording:${path}`);
  });
  app.on('window-all-closed', () => app.quit());
  stopBeforeQuit(engine);

  const open = async (): Promise<void> => {
    await app.whenReady();
    serveRenderer(session.defaultSession, join(dist, 'renderer'));
    window = createWindow(join(dist, 'preload.cjs'));
    watchPage(window);
    keepOwnPage(window);
    // Not when a navigation starts: one that is refused leaves the page where it is.
    window.webContents.on('did-navigate', () => {
      pageIsReady = false;
      choice.pageLeft();
    });
    window.webContents.on('dom-ready', () => {
      if (!isOwnAddress(contents()?.getURL() ?? '')) return;
      pageIsReady = true;
      // Connecting sends the status too, never that of the last page's connection.
      if (engine.status().status === 'running') void choice.connect();
      else sendStatus(choice.status());
    });
    const loaded = loadPage(window);
    // The engine starts beside the page's scripts, and not before its first paint, which it would delay.
    void untilPainted(window).then(() => engine.start());
    menu.show([]);
    await loaded;
  };
  open().catch((cause: unknown) => {
    // Closed while it was loading: nothing failed.
    if (window !== null && isClosing(window)) return;
    showErrorAndQuit('The inspector could not start.', systemReason(cause));
  });
}

main();
