import type { InspectorError } from '#shared/contract/errors.ts';
import { loadZstd } from '../recording/zstd.ts';
import {
  type EngineHello,
  engineHelloSchema,
  otherVersion,
  ownVersion,
  PROTOCOL_VERSION,
  type WindowHello,
} from './handshake.ts';
import { damagedStream, linkClosed } from './stream-errors.ts';
import { type LinkListener, type LinkOptions, StreamLink } from './stream-link.ts';

/** How long a connection may take to be made: a password may be asked for, or a machine be woken. */
const CONNECT_WAIT_MS = 60_000;

export interface WindowEndOptions extends Pick<WindowHello, 'compress' | 'permitKey'> {
  /** How long the connection may take to be made; default: a minute. */
  readonly waitMs?: number;
  /** A phrase for messages: "ssh://host". */
  readonly name: string;
}

export interface WindowEndListener extends LinkListener {
  /** The handshake is done: messages may be sent. */
  connected(hello: EngineHello): void;
}

/** Opens a window's end in one way or another: over a command's streams, over pipes. */
export type WindowEndOpener = (options: WindowEndOptions, listener: WindowEndListener) => StreamLink;

/** The window's end of a link over any streams: introduces itself and passes on messages after the engine has done so. */
export function windowEnd(
  streams: Pick<LinkOptions, 'input' | 'output'>,
  { name, compress, permitKey, waitMs = CONNECT_WAIT_MS }: WindowEndOptions,
  listener: WindowEndListener,
): StreamLink {
  let greeted = false;
  let late: InspectorError | null = null;
  const patience = setTimeout(() => {
    late = linkClosed(`${name} has not answered for ${waitMs / 1000} s`);
    link.close();
  }, waitMs);
  const link: StreamLink = new StreamLink(
    { ...streams, silent: () => !greeted },
    {
      value: (value) => (greeted ? listener.value(value) : greet(value)),
      frame: (buffer) => {
        if (!greeted) throw damagedStream('a frame before the handshake');
        listener.frame(buffer);
      },
      closed: (error) => {
        clearTimeout(patience);
        listener.closed(error ?? late);
      },
    },
  );
  // The engine compresses from then on.
  const ready = compress ? loadZstd() : Promise.resolve();
  void ready.then(() => link.send({ type: 'window', ...ownVersion, compress, permitKey }));

  function greet(value: unknown): void {
    const hello = engineHelloSchema.safeParse(value);
    if (!hello.success) throw damagedStream('a message before the handshake');
    const { protocol, version } = hello.data;
    if (protocol !== PROTOCOL_VERSION) throw otherVersion('engine', version);
    greeted = true;
    clearTimeout(patience);
    listener.connected(hello.data);
  }
  return link;
}
