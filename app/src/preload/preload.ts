/** The bridge between shell and window: its few functions and the engine's port, and nothing of Electron itself. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { z } from 'zod';
import {
  ENGINE_PORT_MESSAGE,
  filePathSchema,
  hostStatusSchema,
  recentRecordingSchema,
  saveReplySchema,
  shellInfoSchema,
  type HostStatus,
  type Shell,
} from '#shared/contract/shell.ts';
import { CHANNELS } from './channels.ts';

let status: HostStatus = { status: 'starting' };
const listeners = new Set<(status: HostStatus) => void>();

ipcRenderer.on(CHANNELS.hostStatus, (_event, payload: unknown) => {
  status = hostStatusSchema.parse(payload);
  for (const listener of listeners) listener(status);
});

// The shell sends it once the page's scripts have run, so that somebody is there to take it.
ipcRenderer.on(CHANNELS.enginePort, (event) => {
  const port = event.ports[0];
  if (port !== undefined) window.postMessage(ENGINE_PORT_MESSAGE, window.location.origin, [port]);
});

const chosenSchema = filePathSchema.nullable();

// What is to be opened may be told before the page listens.
let unheard: string | null = null;
const openers = new Set<(source: string) => void>();
ipcRenderer.on(CHANNELS.open, (_event, payload: unknown) => {
  const source = z.string().parse(payload);
  if (openers.size === 0) unheard = source;
  for (const listener of openers) listener(source);
});

const menuListeners = new Set<(id: string) => void>();
ipcRenderer.on(CHANNELS.menuAction, (_event, payload: unknown) => {
  const id = z.string().parse(payload);
  for (const listener of menuListeners) listener(id);
});

const shell: Shell = {
  info: async () => shellInfoSchema.parse(await ipcRenderer.invoke(CHANNELS.info)),
  restartEngine: async () => {
    await ipcRenderer.invoke(CHANNELS.restartEngine);
  },
  save: async (request) => saveReplySchema.parse(await ipcRenderer.invoke(CHANNELS.save, request)),
  chooseRecording: async () => chosenSchema.parse(await ipcRenderer.invoke(CHANNELS.chooseRecording)),
  chooseRecordingTarget: async (name) =>
    chosenSchema.parse(await ipcRenderer.invoke(CHANNELS.chooseRecordingTarget, name)),
  showInFolder: async (path) => {
    await ipcRenderer.invoke(CHANNELS.showInFolder, path);
  },
  recentRecordings: async () =>
    z.array(recentRecordingSchema).parse(await ipcRenderer.invoke(CHANNELS.recentRecordings)),
  rememberRecording: async (path) => {
    await ipcRenderer.invoke(CHANNELS.rememberRecording, path);
  },
  forgetRecordings: async () => {
    await ipcRenderer.invoke(CHANNELS.forgetRecordings);
  },
  pathOfFile: (file) => (file instanceof File ? webUtils.getPathForFile(file) : ''),
  onOpen: (listener) => {
    const heard = (source: string): void => listener(source);
    openers.add(heard);
    if (unheard !== null) heard(unheard);
    unheard = null;
    return () => openers.delete(heard);
  },
  showMenu: async (menu) => {
    await ipcRenderer.invoke(CHANNELS.showMenu, menu);
  },
  listenForPhases: async (on) => z.boolean().parse(await ipcRenderer.invoke(CHANNELS.listenForPhases, on)),
  onMenuAction: (listener) => {
    const heard = (id: string): void => listener(id);
    menuListeners.add(heard);
    return () => menuListeners.delete(heard);
  },
  onHostStatus: (listener) => {
    // The bridge makes a new proxy of a function each time it crosses, so what is removed is named by this wrapper.
    const heard = (next: HostStatus): void => listener(next);
    listeners.add(heard);
    heard(status);
    return () => listeners.delete(heard);
  },
};

contextBridge.exposeInMainWorld('shell', shell);
