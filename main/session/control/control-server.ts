import { unlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { InspectorError } from '#shared/contract/errors.ts';
import { controlFolder, makeControlFolder, socketPath } from './control-folder.ts';
import { type ControlReply, type ControlRequest, controlRequestSchema } from './control-messages.ts';
import { MessageLines } from './message-lines.ts';

const MAX_CONNECTIONS = 64;

export interface ControlServer {
  readonly path: string;
  close(): void;
}

let sockets = 0;
/** Sockets that are still there when the process exits: one listener removes them all, however many windows are served. */
const open = new Set<string>();
const removeAll = () => open.forEach(remove);

/**
 * Accepts `soft-dirty mark` for a session, by a Unix socket that only this user's programs reach. Resolves once it does. Rejects with
 * the reason if the socket cannot be created; the session works without it.
 */
export async function serveControl(
  perform: (request: ControlRequest) => Promise<ControlReply>,
  folder = controlFolder(),
): Promise<ControlServer> {
  makeControlFolder(folder);
  const path = socketPath(folder, ++sockets);
  // Left by an earlier process with the same number, which was killed.
  remove(path);
  const server = createServer((socket) => attend(socket, perform));
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // A failed accept (no descriptors left) concerns only that connection.
  server.on('error', () => undefined);
  server.unref();
  if (open.size === 0) process.on('exit', removeAll);
  open.add(path);
  return {
    path,
    close() {
      if (open.delete(path) && open.size === 0) process.off('exit', removeAll);
      server.close();
      remove(path);
    },
  };
}

/** Requests of one connection are performed one after another, in their order. */
function attend(socket: Socket, perform: (request: ControlRequest) => Promise<ControlReply>): void {
  const lines = new MessageLines();
  let last: Promise<unknown> = Promise.resolve();
  socket.unref();
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    let requests: string[];
    try {
      requests = lines.push(text);
    } catch {
      socket.destroy();
      return;
    }
    // A connection that does not wait for its replies waits here.
    socket.pause();
    for (const request of requests)
      last = last.then(async () => reply(socket, await answer(request, perform)));
    void last.then(() => socket.resume());
  });
}

function reply(socket: Socket, message: ControlReply): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

async function answer(
  line: string,
  perform: (request: ControlRequest) => Promise<ControlReply>,
): Promise<ControlReply> {
  try {
    const parsed = controlRequestSchema.safeParse(JSON.parse(line));
    if (!parsed.success) throw new InspectorError('bad-request', 'Unknown request.');
    return await perform(parsed.data);
  } catch (cause) {
    const { message, remedy } = InspectorError.from(cause);
    return { ok: false, message, remedy };
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There is none.
  }
}

/**
 * The same without waiting: `report` gets the reason if marks cannot be added from outside.
 * @returns a function that ends it
 */
export function offerControl(
  perform: (request: ControlRequest) => Promise<ControlReply>,
  report: (reason: string) => void = () => undefined,
): () => void {
  let closed = false;
  const opening = serveControl(perform).then(
    (server) => (closed ? server.close() : server),
    (cause: unknown) => report(InspectorError.from(cause).message),
  );
  return () => {
    closed = true;
    void opening.then((server) => server?.close());
  };
}
