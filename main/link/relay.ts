import { setTimeout as sleep } from 'node:timers/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { toEngineSchema, toWindowSchema, type ToEngine } from '#shared/contract/wire.ts';
import type { Port } from '../session/server/port.ts';
import type { PermitCheck } from '../session/server/permits.ts';
import { isFileMessage } from './file-messages.ts';
import type { EngineHello } from './handshake.ts';
import { RecordingsHere } from './recordings-here.ts';
import type { StreamLink } from './stream-link.ts';
import type { WindowEndListener } from './window-end.ts';

export interface RelayListener {
  connected(hello: EngineHello): void;
  /** The engine is out of reach, and files of this machine are closed. Called once. @param error null if this end closed the connection */
  closed(error: InspectorError | null): void;
}

/** How long a recording may take to be completed when the window is closed. */
const END_WAIT_MS = 1200;
/** Requests that wait for the connection to be made. */
const MAX_WAITING = 1000;

/**
 * Connects the port of a window with an engine elsewhere. Both directions are parsed here; the engine there checks the permits, but
 * for files of this machine. It ends with either of them.
 * @param open connects with the engine
 * @param permits of this machine
 * @returns a function that ends it; its promise resolves when files of this machine are complete
 */
export function relay(
  port: Port,
  open: (listener: WindowEndListener) => StreamLink,
  permits: PermitCheck,
  listener: RelayListener,
): () => Promise<void> {
  let leaving: Promise<void> | null = null;
  let waiting: ToEngine[] | null = [];
  const link = open({
    connected: (hello) => {
      listener.connected(hello);
      const early = waiting ?? [];
      waiting = null;
      for (const message of early) link.send(message);
    },
    value: (value) => {
      if (isFileMessage(value, 'file')) return recordings.receive(value);
      const parsed = toWindowSchema.safeParse(value);
      if (!parsed.success) return problem('A message of the engine does not fit the contract.');
      recordings.passed(parsed.data);
      if (leaving === null) port.postMessage(parsed.data);
    },
    frame: (buffer) => {
      if (leaving === null) port.postMessage({ type: 'frame', buffer });
    },
    closed: (error) => {
      port.close();
      void recordings.closed().finally(() => listener.closed(error));
    },
  });
  const problem = (message: string): void => {
    const payload = new InspectorError(
      'internal',
      message,
      'Install the same version at both ends.',
    ).toData();
    port.postMessage({ type: 'event', name: 'session.problem', payload });
  };
  const send = (message: ToEngine): void => {
    if (waiting === null) link.send(message);
    else if (waiting.length < MAX_WAITING) waiting.push(message);
  };
  const recordings = new RecordingsHere(link, permits, send, (reply) => port.postMessage(reply));
  port.onMessage((message) => {
    const parsed = toEngineSchema.safeParse(message);
    if (!parsed.success) problem('A message of the window does not fit the contract.');
    else if (!recordings.takes(parsed.data)) send(parsed.data);
  });
  const leaveNow = async (): Promise<void> => {
    // A window that is closed ends its recording.
    if (recordings.isRecording) await Promise.race([recordings.end(), sleep(END_WAIT_MS)]);
    link.close();
  };
  const leave = (): Promise<void> => (leaving ??= leaveNow());
  port.onClose(() => void leave());
  return leave;
}
