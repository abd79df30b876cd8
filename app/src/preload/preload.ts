/**
 * The bridge between shell and window: its few functions and the engine's port, and nothing of Electron itself. What the
 * shell sends is passed on unchanged: the shell is trusted, and the page parses it. A schema library here would be one more copy.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { ENGINE_PORT_MESSAGE } from '#shared/contract/engine-port.ts';
import type {
  HostStatus,
  PhaseKeyState,
  RecentRecording,
  SaveReply,
  Shell,
  ShellInfo,
  UseEngineReply,
} from '#shared/contract/shell.ts';
import type { OpenSourceLineReply } from '#shared/contract/source-line.ts';
import type { NamedRange } from '#shared/ranges/named-range.ts';
import { CHANNELS, DEBUG_HANDLE } from './channels.ts';

/** The part of Node's process that a sandboxed preload has. */
declare const process: { readonly argv: readonly string[] };

let status: HostStatus = { status: 'starting' };
const listeners = new Set<(status: HostStatus) => void>();

ipcRenderer.on(CHANNELS.hostStatus, (_event, payload: unknown) => {
  status = payload as HostStatus;
  for (const listener of listeners) listener(status);
});

/** Arrived before the page listens: its scripts are loaded after its first paint. */
let waitingPort: MessagePort | null = null;
ipcRenderer.on(CHANNELS.enginePort, (event) => {
  waitingPort = event.ports[0] ?? null;
  passPort();
});

/** Passes the engine's port on, once the page listens to the engine's status and with it to the port. */
function passPort(): void {
  if (waitingPort === null || listeners.size === 0) return;
  window.postMessage(ENGINE_PORT_MESSAGE, window.location.origin, [waitingPort]);
  waitingPort = null;
}

/** The shell's answer to a message, of the type that its handler gives. */
const ask = async <T>(channel: string, ...values: unknown[]): Promise<T> =>
  (await ipcRenderer.invoke(channel, ...values)) as T;

// A request to open may arrive before the page listens.
let pending: string | null = null;
const openers = new Set<(source: string) => void>();
ipcRenderer.on(CHANNELS.open, (_event, payload: unknown) => {
  const source = String(payload);
  if (openers.size === 0) pending = source;
  for (const listener of openers) listener(source);
});

const menuListeners = new Set<(id: string) => void>();
ipcRenderer.on(CHANNELS.menuAction, (_event, payload: unknown) => {
  const id = String(payload);
  for (const listener of menuListeners) listener(id);
});

/** A message that has no reply. */
const send = async (channel: string, ...values: unknown[]): Promise<void> => {
  await ipcRenderer.invoke(channel, ...values);
};

const shell: Shell = {
  debugHandle: process.argv.includes(DEBUG_HANDLE),
  info: () => ask<ShellInfo>(CHANNELS.info),
  restartEngine: () => send(CHANNELS.restartEngine),
  useEngine: (location) => ask<UseEngineReply>(CHANNELS.useEngine, location),
  save: (request) => ask<SaveReply>(CHANNELS.save, request),
  permit: (subject) => ask<string | null>(CHANNELS.permit, subject),
  selectRecording: () => ask<string | null>(CHANNELS.selectRecording),
  selectLesson: () => ask<string | null>(CHANNELS.selectLesson),
  selectProgram: () => ask<string | null>(CHANNELS.selectProgram),
  selectRecordingTarget: (name) => ask<string | null>(CHANNELS.selectRecordingTarget, name),
  showInFolder: (path) => send(CHANNELS.showInFolder, path),
  openSourceLine: (source) => ask<OpenSourceLineReply>(CHANNELS.openSourceLine, source),
  recentRecordings: () => ask<RecentRecording[]>(CHANNELS.recentRecordings),
  rememberRecording: (path) => send(CHANNELS.rememberRecording, path),
  forgetRecordings: () => send(CHANNELS.forgetRecordings),
  namedRanges: () => ask<NamedRange[]>(CHANNELS.namedRanges),
  saveNamedRanges: (ranges) => send(CHANNELS.saveNamedRanges, ranges),
  pathOfFile: (file) => {
    // Only a file that the user dropped or selected has a path: a page cannot make one up.
    const path = file instanceof File ? webUtils.getPathForFile(file) : '';
    if (path !== '') void send(CHANNELS.dropped, path);
    return path;
  },
  onOpen: (listener) => {
    const handler = (source: string): void => listener(source);
    openers.add(handler);
    if (pending !== null) handler(pending);
    pending = null;
    return () => openers.delete(handler);
  },
  showMenu: (menu) => send(CHANNELS.showMenu, menu),
  listenForPhases: (on) => ask<PhaseKeyState>(CHANNELS.listenForPhases, on),
  onMenuAction: (listener) => {
    const handler = (id: string): void => listener(id);
    menuListeners.add(handler);
    return () => menuListeners.delete(handler);
  },
  onHostStatus: (listener) => {
    // The bridge makes a new proxy of a function each time it crosses, so what is removed is named by this wrapper.
    const handler = (next: HostStatus): void => listener(next);
    listeners.add(handler);
    handler(status);
    passPort();
    return () => listeners.delete(handler);
  },
};

contextBridge.exposeInMainWorld('shell', shell);
