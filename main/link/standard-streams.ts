import { Console } from 'node:console';
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { InspectorError } from '#shared/contract/errors.ts';
import type { LinkOptions } from './stream-link.ts';

/**
 * Standard input and output as a link's streams. Not `process.stdin` and `process.stdout`: on a pipe the latter waits for the
 * reader, and an engine that waits there could not detach.
 * @throws InspectorError `bad-request` if one of them carries no stream of bytes, as a terminal or a file
 */
export function standardStreams(): Pick<LinkOptions, 'input' | 'output'> {
  for (const fd of [0, 1]) {
    const status = fstatSync(fd);
    if (!status.isFIFO() && !status.isSocket()) {
      throw new InspectorError(
        'bad-request',
        'serve speaks a binary protocol on standard input and output, and one of them is neither a pipe nor a socket.',
        'A window starts it by itself: select "Engine" in its start view.',
      );
    }
  }
  // Whatever prints must not print into the protocol.
  globalThis.console = new Console(process.stderr);
  return {
    input: new Socket({ fd: 0, readable: true, writable: false }),
    output: new Socket({ fd: 1, readable: false, writable: true }),
  };
}
