import { basename } from 'node:path';
import { commands } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { sessionStateSchema } from '#shared/contract/session-state.ts';
import { RECORDING_ENDING } from '#shared/contract/shell.ts';
import type { ToEngine, ToWindow } from '#shared/contract/wire.ts';
import { defaultPath } from '../recording/default-path.ts';
import type { PermitCheck } from '../session/server/permits.ts';
import { FilesHere } from './files-here.ts';
import type { StreamLink } from './stream-link.ts';

type Request = Extract<ToEngine, { type: 'request' }>;
type Reply = Extract<ToWindow, { type: 'reply' }>;

/** Id of the request at the end: the window uses none like it. */
const END_ID = -1;
const START = 'recording.start';
const FETCH = 'recording.fetch';

/**
 * Recordings of an engine elsewhere on this machine: requests for them are taken from what the window sends; the permit is checked and
 * the file made here, and the engine is asked to send what it records, or has recorded.
 */
export class RecordingsHere {
  private readonly files: FilesHere;
  private readonly permits: PermitCheck;
  private readonly send: (message: Request) => void;
  private readonly reply: (message: Reply) => void;
  /** Files of requests that the engine has not answered. */
  private readonly starting = new Map<number, string>();
  /** The last state of the session, unparsed. */
  private state: unknown = null;

  /**
   * @param send sends to the engine
   * @param reply answers the window
   */
  constructor(
    link: Pick<StreamLink, 'send' | 'hold' | 'release'>,
    permits: PermitCheck,
    send: (message: Request) => void,
    reply: (message: Reply) => void,
  ) {
    this.files = new FilesHere(link);
    this.permits = permits;
    this.send = send;
    this.reply = reply;
  }

  /** Whether a message of the window is one that is handled here. */
  takes(message: ToEngine): boolean {
    if (message.type !== 'request') return false;
    const run = this.taskOf(message);
    if (run === null) return false;
    void run.catch((cause: unknown) => {
      const result = { ok: false as const, error: InspectorError.from(cause).toData() };
      this.reply({ type: 'reply', id: message.id, result });
    });
    return true;
  }

  /** Null: a request for the engine alone. */
  private taskOf(message: Request): Promise<void> | null {
    if (message.name === START) {
      const parsed = commands[START].request.safeParse(message.payload);
      if (!parsed.success || (!parsed.data.here && parsed.data.linked === undefined)) return null;
      return this.start(message, parsed.data.path);
    }
    if (message.name !== FETCH) return null;
    const parsed = commands[FETCH].request.safeParse(message.payload);
    return parsed.success ? this.fetch(message, parsed.data.path) : null;
  }

  /** A message of the engine to the window. */
  passed(message: ToWindow): void {
    if (message.type === 'event' && message.name === 'session.state') this.state = message.payload;
    if (message.type !== 'reply') return;
    const path = this.starting.get(message.id);
    if (path === undefined) return;
    this.starting.delete(message.id);
    if (!message.result.ok) void this.files.remove(path);
  }

  /** A request of the engine for a file. */
  receive(value: unknown): void {
    this.files.receive(value);
  }

  /** Ends what is recorded here, so that its file is complete; resolves when it is. */
  async end(): Promise<void> {
    const closed = this.files.allClosed();
    this.send({ type: 'request', id: END_ID, name: 'recording.stop', payload: {} });
    await closed;
  }

  get isRecording(): boolean {
    return this.files.isOpen;
  }

  /** The link is closed: resolves when all files are closed. */
  closed(): Promise<void> {
    return this.files.closed();
  }

  private async start(request: Request, wanted: string | null): Promise<void> {
    // `linked` is set here alone.
    if (wanted !== null) this.permits.require([{ kind: 'write', path: wanted }], request.permits ?? []);
    const path = wanted ?? (await defaultPath(this.title));
    await this.files.create(path);
    this.starting.set(request.id, path);
    this.send({ type: 'request', id: request.id, name: START, payload: { path: null, linked: path } });
  }

  /** The engine checks that it may be read there. */
  private async fetch(request: Request, from: string): Promise<void> {
    const name = basename(from, RECORDING_ENDING).replace(/ \d{4}-\d\d-\d\d .*$/, '');
    const path = await defaultPath(name);
    await this.files.create(path);
    this.starting.set(request.id, path);
    this.send({ ...request, payload: { path: from, linked: path } });
  }

  /** Title of the open source. */
  private get title(): string {
    const state = sessionStateSchema.safeParse(this.state);
    return (state.success && state.data.source?.description.title) || 'recording';
  }
}
