import type { EventName } from '#shared/contract/events.ts';
import { toEngineSchema, type ToWindow } from '#shared/contract/wire.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Port } from '../session/server/port.ts';
import type { StreamLink } from './stream-link.ts';

/** Events of which only the latest counts. */
const LATEST: ReadonlySet<string> = new Set<EventName>([
  'session.state',
  'session.rates',
  'session.statistics',
  'source.progress',
  'playback.position',
  'recording.progress',
  'marks.changed',
]);
/** How many other events wait for a slow link. */
const MAX_WAITING_EVENTS = 200;
/** Requests in flight at which no more are read, and at which reading continues. */
const MAX_REQUESTS = 256;

type EventMessage = Extract<ToWindow, { type: 'event' }>;

/**
 * The engine's end of a link as the port that a window is served over. Frames are one at a time, as the window acknowledges them;
 * events wait while the link is slow: of some the latest, of others a limited number; requests beyond a limit are not read.
 */
export class EngineStreamPort implements Port {
  private readonly link: StreamLink;
  private messageListener: (message: unknown) => void = () => undefined;
  private closeListener: () => void = () => undefined;
  private readonly waiting = new Map<string, EventMessage>();
  private leftOut = 0;
  private counter = 0;
  private requests = 0;

  constructor(link: StreamLink) {
    this.link = link;
  }

  postMessage(message: unknown): void {
    const given = message as ToWindow;
    if (given.type === 'frame') this.guarded(() => this.link.sendFrame(given.buffer));
    else if (given.type === 'reply') this.reply(given);
    else if (this.link.slow) this.wait(given);
    else this.guarded(() => this.link.send(given));
  }

  onMessage(listener: (message: unknown) => void): void {
    this.messageListener = listener;
  }

  onClose(listener: () => void): void {
    this.closeListener = listener;
  }

  close(): void {
    this.link.close();
  }

  /** A message of the window arrived. */
  receive(message: unknown): void {
    if (isRequest(message) && ++this.requests === MAX_REQUESTS) this.link.hold();
    this.messageListener(message);
  }

  /** The link is closed. */
  closed(): void {
    this.closeListener();
  }

  /** The queue has been sent: waiting events follow. */
  drained(): void {
    this.sendWaiting();
  }

  private sendWaiting(): void {
    if (this.waiting.size === 0 && this.leftOut === 0) return;
    const events = [...this.waiting.values()];
    this.waiting.clear();
    const { leftOut } = this;
    this.leftOut = 0;
    for (const event of events) this.guarded(() => this.link.send(event));
    if (leftOut === 0) return;
    const message = `The connection is slow: ${leftOut} messages of the engine were left out.`;
    this.link.send({ type: 'event', name: 'source.notice', payload: { message } });
  }

  private reply(message: Extract<ToWindow, { type: 'reply' }>): void {
    // Events emitted before it arrive before it, as over a port.
    this.sendWaiting();
    if (this.requests-- === MAX_REQUESTS) this.link.release();
    try {
      this.link.send(message);
    } catch (cause) {
      const error = InspectorError.from(cause);
      this.link.send({ type: 'reply', id: message.id, result: { ok: false, error: error.toData() } });
    }
  }

  private wait(event: EventMessage): void {
    const key = LATEST.has(event.name) ? event.name : `${event.name} ${this.counter++}`;
    // The latest takes its place among the others.
    this.waiting.delete(key);
    this.waiting.set(key, event);
    if (this.waiting.size <= MAX_WAITING_EVENTS) return;
    const [first] = this.waiting.keys();
    if (first !== undefined) this.waiting.delete(first);
    this.leftOut++;
  }

  /** Something too long for the link is an error of the session, and nothing of it is sent. */
  private guarded(send: () => void): void {
    try {
      send();
    } catch (cause) {
      const payload = InspectorError.from(cause).toData();
      this.link.send({ type: 'event', name: 'session.problem', payload });
    }
  }
}

/** Counted as the server parses them, so that each counted request has a reply. */
function isRequest(message: unknown): boolean {
  const parsed = toEngineSchema.safeParse(message);
  return parsed.success && parsed.data.type === 'request';
}
