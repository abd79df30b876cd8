import { InspectorError } from '#shared/contract/errors.ts';
import { toEngineSchema, toWindowSchema, type ToEngine } from '#shared/contract/wire.ts';
import type { Port } from '../session/server/port.ts';
import type { EngineHello } from './handshake.ts';
import type { StreamLink } from './stream-link.ts';
import type { WindowEndListener } from './window-end.ts';

export interface RelayListener {
  connected(hello: EngineHello): void;
  /** The engine is out of reach. Called once. @param error null where this end closed the connection */
  closed(error: InspectorError | null): void;
}

/** Requests that wait for the connection to be made. */
const MAX_WAITING = 1000;

/**
 * Connects the port of a window with an engine elsewhere. Both directions are parsed here; the engine there checks the permits.
 * It ends with either of them.
 * @param open connects with the engine
 * @returns a function that ends it
 */
export function relay(
  port: Port,
  open: (listener: WindowEndListener) => StreamLink,
  listener: RelayListener,
): () => void {
  let waiting: ToEngine[] | null = [];
  const link = open({
    connected: (hello) => {
      listener.connected(hello);
      const early = waiting ?? [];
      waiting = null;
      for (const message of early) link.send(message);
    },
    value: (value) => {
      const parsed = toWindowSchema.safeParse(value);
      if (parsed.success) port.postMessage(parsed.data);
      else problem('A message of the engine does not fit the contract.');
    },
    frame: (buffer) => port.postMessage({ type: 'frame', buffer }),
    closed: (error) => {
      port.close();
      listener.closed(error);
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
  port.onMessage((message) => {
    const parsed = toEngineSchema.safeParse(message);
    if (!parsed.success) problem('A message of the window does not fit the contract.');
    else if (waiting === null) link.send(parsed.data);
    else if (waiting.length < MAX_WAITING) waiting.push(parsed.data);
  });
  port.onClose(() => link.close());
  return () => link.close();
}
