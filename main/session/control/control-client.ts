import { unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { InspectorError } from '#shared/contract/errors.ts';
import { errorCode } from '../../error-code.ts';
import { controlFolder, controlSockets } from './control-folder.ts';
import {
  type ControlReply,
  controlReplySchema,
  type ControlRequest,
  type ControlState,
} from './control-messages.ts';
import { MessageLines } from './message-lines.ts';

/** How long an inspector may take for a reply: reading everything that is written can take seconds. */
const REPLY_WAIT_MS = 60_000;

type Done = Extract<ControlReply, { ok: true }>;

/** A connection to a running inspector or recorder. */
export class ControlClient {
  private readonly socket: Socket;
  private readonly lines = new MessageLines();
  private readonly waiting: ((reply: ControlReply | InspectorError) => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      for (const line of this.lines.push(text)) {
        const parsed = controlReplySchema.safeParse(JSON.parse(line));
        this.waiting.shift()?.(
          parsed.success ? parsed.data : new InspectorError('unsupported', OTHER_VERSION, UPDATE),
        );
      }
    });
    const gone = () => {
      for (const answer of this.waiting.splice(0)) answer(new InspectorError('no-source', GONE));
    };
    socket.on('error', gone);
    socket.on('close', gone);
  }

  /** Rejects with the system's error. */
  static async open(path: string): Promise<ControlClient> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new ControlClient(socket);
  }

  /** Rejects with the inspector's error. */
  request(request: ControlRequest): Promise<Done> {
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        this.socket.destroy();
        reject(new InspectorError('busy', `The inspector did not reply within ${REPLY_WAIT_MS / 1000} s.`));
      }, REPLY_WAIT_MS);
      this.waiting.push((reply) => {
        clearTimeout(patience);
        if (reply instanceof InspectorError) reject(reply);
        else if (reply.ok) resolve(reply);
        else reject(new InspectorError('bad-request', reply.message, reply.remedy));
      });
      this.socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

const OTHER_VERSION = 'The running inspector is of another version.';
const UPDATE = 'Use the "soft-dirty" that comes with it, or start it again.';
const GONE = 'The inspector ended before it replied.';

/**
 * The running inspector or recorder that tracks process `target`, or the only one that tracks a process if that is null. Throws
 * if there is none, or more than one. Sockets of processes that were killed are removed.
 */
export async function findInspector(target: number | null, folder = controlFolder()): Promise<ControlClient> {
  const found: { readonly client: ControlClient; readonly state: ControlState }[] = [];
  let problem: InspectorError | null = null;
  for (const path of controlSockets(folder)) {
    let client: ControlClient | null = null;
    try {
      client = await ControlClient.open(path);
      found.push({ client, state: (await client.request({ command: 'state' })).state });
    } catch (cause) {
      // An open connection would keep this process running.
      client?.close();
      if (cause instanceof InspectorError) problem = cause;
      else if (errorCode(cause) === 'ECONNREFUSED') unlinkSync(path);
    }
  }
  // One that just opens its program is not known yet; it is the one if it is alone.
  const fits = found.filter(({ state }) => target === null || state.target === target);
  const open = fits.filter(({ state }) => state.title !== null);
  const [one, other] = open.length > 0 ? open : fits;
  for (const { client } of found) if (client !== one?.client || other) client.close();
  if (one === undefined && problem !== null && found.length === 0) throw problem;
  if (one === undefined) throw new InspectorError('no-source', nothingFound(target, found.length), START_ONE);
  if (other === undefined) return one.client;
  const targets = fits.map(({ state }) => state.target ?? state.title ?? 'nothing').join(', ');
  throw new InspectorError(
    'bad-request',
    `${fits.length} inspectors are running; they track ${targets}.`,
    target === null ? 'Select one with --pid, the process that it tracks.' : 'Close the others.',
  );
}

const START_ONE =
  'Open the program in the window, or record it with "soft-dirty record". An inspector of another user is not reachable.';

const nothingFound = (target: number | null, running: number): string =>
  running === 0 ? 'No inspector is running.' : `No running inspector tracks process ${target}.`;
