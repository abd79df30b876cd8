import { InspectorError } from '#shared/contract/errors.ts';
import type { RecordingOutput } from '../recording/recording-output.ts';
import { fileReplySchema, type FileRequest } from './file-messages.ts';
import { damagedStream, linkClosed } from './stream-errors.ts';

type Operation = FileRequest['operation'];

/** Bytes on their way or not stored yet at which samples wait, and at which they continue. */
const MAX_PENDING_BYTES = 2 * 2 ** 20;
const ROOM_BYTES = 2 ** 19;
/** Size of one message: small, so that frames and replies are not delayed. */
const PART_BYTES = 2 ** 18;

/** The engine's end of files that are at the window's end of a link. */
export class LinkedFiles {
  private readonly send: (request: FileRequest) => void;
  private readonly waiting = new Map<number, (error: InspectorError | null) => void>();
  private lastId = 0;
  private open = true;

  constructor(send: (request: FileRequest) => void) {
    this.send = send;
  }

  /** Bytes for `path`, which the window's end has made. */
  readonly create = (path: string): Promise<RecordingOutput> =>
    Promise.resolve(new LinkedOutput(path, (operation) => this.request(path, operation)));

  /** A reply arrived. @throws InspectorError `link-lost` if it is invalid */
  receive(value: unknown): void {
    const reply = fileReplySchema.safeParse(value);
    const settle = reply.success ? this.waiting.get(reply.data.id) : undefined;
    if (!reply.success || settle === undefined) throw damagedStream('a reply to no request');
    const { id, error } = reply.data;
    this.waiting.delete(id);
    settle(error && new InspectorError(error.kind, error.message, error.remedy));
  }

  /** The link is closed: nothing more is stored. */
  closed(): void {
    this.open = false;
    for (const settle of this.waiting.values()) settle(GONE);
    this.waiting.clear();
  }

  private request(path: string, operation: Operation): Promise<void> {
    if (!this.open) return Promise.reject(GONE);
    const id = ++this.lastId;
    const done = new Promise<void>((resolve, reject) => {
      this.waiting.set(id, (error) => (error === null ? resolve() : reject(error)));
    });
    this.send({ type: 'file', id, path, operation });
    return done;
  }
}

const GONE = linkClosed('the file is at its other end');

/** One of these files. Each operation is confirmed, so that what is `written` is stored there. */
class LinkedOutput implements RecordingOutput {
  readonly path: string;
  written = 0;
  private readonly request: (operation: Operation) => Promise<void>;
  private tail: Promise<void> = Promise.resolve();
  private pending = 0;
  private broken: unknown = null;
  private waiting: (() => void)[] = [];

  constructor(path: string, request: (operation: Operation) => Promise<void>) {
    this.path = path;
    this.request = request;
  }

  get failed(): boolean {
    return this.broken !== null;
  }

  write(bytes: Uint8Array): void {
    if (this.broken !== null) return;
    const parts: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      parts.push(this.request({ kind: 'write', bytes: bytes.subarray(at, at + PART_BYTES) }));
    }
    this.pending += bytes.length;
    const stored = Promise.all(parts)
      // Only whole writes count: a recording is cut between them.
      .then(() => void (this.written += bytes.length))
      .catch((cause: unknown) => void (this.broken ??= cause))
      .then(() => {
        this.pending -= bytes.length;
        if (this.pending > ROOM_BYTES && this.broken === null) return;
        for (const wake of this.waiting.splice(0)) wake();
      });
    this.tail = this.tail.then(() => stored);
  }

  room(): Promise<void> | null {
    if (this.pending <= MAX_PENDING_BYTES || this.broken !== null) return null;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async settled(): Promise<void> {
    await this.tail;
    if (this.broken !== null) throw InspectorError.from(this.broken);
  }

  async cut(length: number): Promise<void> {
    await this.tail;
    await this.request({ kind: 'cut', length });
    this.broken = null;
    this.written = length;
  }

  async close(): Promise<void> {
    await this.tail;
    // Where the link is closed, its other end closes the file.
    await this.request({ kind: 'close' }).catch(() => undefined);
  }
}
