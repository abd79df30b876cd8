import { hostname, release, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InspectorError } from '#shared/contract/errors.ts';
import { offerControl } from '../session/control/control-server.ts';
import { sessionControl } from '../session/control/session-control.ts';
import type { Engine } from '../session/server/handlers.ts';
import { EVERYTHING_PERMITTED, SignedPermits } from '../session/server/permits.ts';
import { serve, type Served } from '../session/server/server.ts';
import { AttachOnly, isElevated } from './attach-only.ts';
import { EngineStreamPort } from './engine-port.ts';
import { isFileMessage } from './file-messages.ts';
import {
  type EngineHello,
  otherVersion,
  ownVersion,
  PROTOCOL_VERSION,
  windowHelloSchema,
} from './handshake.ts';
import { damagedStream, linkClosed } from './stream-errors.ts';
import { LinkedFiles } from './linked-output.ts';
import { NoCommands } from './no-commands.ts';
import { StreamLink, type LinkOptions } from './stream-link.ts';

/** How long the window's end may take to introduce itself. */
const HELLO_WAIT_MS = 10_000;
/** How long closing recordings and detaching may take. */
const LEAVE_WAIT_MS = 800;
/** How long huge pages are restored at most after that: the engine ends within 5 s. */
const RESTORE_WAIT_MS = 3000;
/** The longest message of a window: its requests are short. */
const MAX_REQUEST_BYTES = 8 * 2 ** 20;

export interface StreamServer {
  /** Resolves when the link is closed and everything is detached; with the reason if this end did not close it. */
  readonly ended: Promise<InspectorError | null>;
  /** Ends a recording, detaches, closes the link. */
  close(): Promise<void>;
  /** Detaches without waiting: the process is ending. */
  abandon(): void;
}

/** Serves one window over a byte stream, until that ends. */
export function serveStream(streams: Omit<LinkOptions, 'maxBytes'>, engine: Engine): StreamServer {
  let end: (error: InspectorError | null) => void = () => undefined;
  const ended = new Promise<InspectorError | null>((resolve) => (end = resolve));
  let served: Served | null = null;
  let endControl: () => void = () => undefined;
  const patience = setTimeout(
    () => refuse(linkClosed('the other end does not start the protocol')),
    HELLO_WAIT_MS,
  );

  const link: StreamLink = new StreamLink(
    { ...streams, maxBytes: MAX_REQUEST_BYTES },
    {
      value: (value) => {
        if (served === null) greet(value);
        else if (isFileMessage(value, 'stored')) files.receive(value);
        else port.receive(value);
      },
      frame: () => {
        throw damagedStream('a frame from a window');
      },
      drained: () => port.drained(),
      closed: (error) => {
        clearTimeout(patience);
        files.closed();
        port.closed();
        void leave().then(() => end(error));
      },
    },
  );
  const port = new EngineStreamPort(link);
  const files = new LinkedFiles((request) => link.send(request));
  const linked: Engine = { ...engine, createLinked: files.create };
  link.send(ownHello());

  function greet(value: unknown): void {
    const hello = windowHelloSchema.safeParse(value);
    if (!hello.success) throw damagedStream('a message before the handshake');
    const { protocol, compress, permitKey } = hello.data;
    if (protocol !== PROTOCOL_VERSION) throw otherVersion('window', hello.data.version);
    clearTimeout(patience);
    const permits = new NoCommands(
      permitKey === null ? EVERYTHING_PERMITTED : new SignedPermits(Buffer.from(permitKey, 'hex')),
    );
    if (compress) void link.compress();
    served = isElevated()
      ? serve(port, AttachOnly.engine(linked), new AttachOnly(permits))
      : serve(port, linked, permits);
    // Scripts beside this engine can add marks, not those beside the window; one that runs as root for others has none.
    if (!isElevated()) endControl = offerControl(sessionControl(served.session));
  }
  /** Closes everything, recordings too, and restores huge pages, but does not wait indefinitely. */
  async function leave(): Promise<void> {
    endControl();
    await Promise.race([served?.close().catch(() => undefined), sleep(LEAVE_WAIT_MS)]);
    await Promise.race([served?.session.restorations.settled(), sleep(RESTORE_WAIT_MS)]);
    served?.abandon();
  }
  function refuse(error: InspectorError): void {
    process.stderr.write(`soft-dirty serve: ${error.message}\n`);
    link.close();
  }

  return {
    ended,
    close: async () => {
      await leave();
      link.close();
    },
    abandon: () => served?.abandon(),
  };
}

function ownHello(): EngineHello {
  return {
    type: 'engine',
    ...ownVersion,
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    host: hostname(),
    user: userName(),
    files: !isElevated(),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry, as in containers.
    return String(process.getuid?.() ?? '');
  }
}
