/** The bridge between shell and window: its few functions and the engine's port, and nothing of Electron itself. */
import { contextBridge, ipcRenderer } from 'electron';
import {
  ENGINE_PORT_MESSAGE,
  hostStatusSchema,
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

const shell: Shell = {
  info: async () => shellInfoSchema.parse(await ipcRenderer.invoke(CHANNELS.info)),
  restartEngine: async () => {
    await ipcRenderer.invoke(CHANNELS.restartEngine);
  },
  save: async (request) => saveReplySchema.parse(await ipcRenderer.invoke(CHANNELS.save, request)),
  onHostStatus: (listener) => {
    // The bridge makes a new proxy of a function each time it crosses, so what is removed is named by this wrapper.
    const heard = (next: HostStatus): void => listener(next);
    listeners.add(heard);
    heard(status);
    return () => listeners.delete(heard);
  },
};

contextBridge.exposeInMainWorld('shell', shell);
