import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { StreamLink } from './stream-link.ts';
import { FROM_ENGINE, TO_ENGINE } from './terminal-pipes.ts';
import { windowEnd, type WindowEndListener, type WindowEndOptions } from './window-end.ts';

/** How long the user may take to run the command. */
const RUN_WAIT_MS = 180_000;

/** Connects with the engine at the other ends of the pipes in `folder`, once it is started. */
export function connectTerminal(
  folder: string,
  options: WindowEndOptions,
  listener: WindowEndListener,
): StreamLink {
  // Opened for both, so that neither waits for the other end, and reading continues until it is there.
  const flags = constants.O_RDWR | constants.O_NONBLOCK;
  const open = (name: string): number => openSync(join(folder, name), flags);
  const input = new Socket({ fd: open(FROM_ENGINE), readable: true, writable: false });
  const output = new Socket({ fd: open(TO_ENGINE), readable: false, writable: true });
  return windowEnd(
    { input, output },
    { ...options, waitMs: RUN_WAIT_MS },
    {
      connected: (hello) => listener.connected(hello),
      value: (value) => listener.value(value),
      frame: (buffer) => listener.frame(buffer),
      closed: (error) => {
        // The pipe never reports its end: this process holds the other end as well.
        input.destroy();
        listener.closed(error);
      },
    },
  );
}
