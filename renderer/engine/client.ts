import type { z } from 'zod';
import {
  commands,
  type CommandName,
  type CommandReply,
  type CommandRequest,
} from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { events, type EventName, type EventPayload } from '#shared/contract/events.ts';
import { toWindowSchema, type ToEngine } from '#shared/contract/wire.ts';
import { problemText } from '#shared/schema-problem.ts';

/** An event with its payload, as the schemas define them. */
export type EngineEvent = {
  [N in EventName]: { readonly name: N; readonly payload: EventPayload<N> };
}[EventName];

export interface ClientListener {
  /** A frame's buffer; the next one comes after `ack`. */
  frame(buffer: ArrayBuffer): void;
  event(event: EngineEvent): void;
  /** Something arrived that the contract does not know. The connection continues. */
  problem(error: InspectorError): void;
  /** The port is closed; pending calls have been rejected. Called once. */
  lost(error: InspectorError): void;
}

interface Pending {
  readonly name: CommandName;
  readonly settle: (reply: unknown) => void;
  readonly fail: (error: InspectorError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Milliseconds to wait for a reply. Opening may wait for another program, an operation for a large scan. */
const PATIENCE: Partial<Record<CommandName, number>> = {
  'source.open': 60_000,
  'operation.run': 120_000,
  'session.dumpAndReset': 60_000,
  'recording.stop': 60_000,
  // As long as the link takes.
  'recording.fetch': 24 * 3_600_000,
  'compare.ranges': 120_000,
  'methods.run': 300_000,
};
const DEFAULT_PATIENCE = 15_000;

export const ENGINE_GONE = 'The tracking engine terminated unexpectedly.';

export const hostDied = (): InspectorError =>
  new InspectorError(
    'host-died',
    ENGINE_GONE,
    'Restart it and open the source again; the watched program was not harmed.',
  );

/** The window's end of the contract over one MessagePort: typed calls, parsed replies and events, frames as buffers. */
export class EngineClient {
  private readonly port: MessagePort;
  private readonly listener: ClientListener;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private open = true;

  constructor(port: MessagePort, listener: ClientListener) {
    this.port = port;
    this.listener = listener;
    port.addEventListener('message', (event) => this.receive(event.data));
    port.addEventListener('close', () => this.close(hostDied()));
    port.start();
  }

  /**
   * Sends a command, with the shell's permits if it needs them, and resolves with its reply. Rejects with an InspectorError: the engine's own, `host-died` if
   * the port is closed, `busy` if no reply came in time, `internal` if the reply does not fit the contract.
   */
  call<N extends CommandName>(
    name: N,
    payload: CommandRequest<N>,
    permits?: string[],
  ): Promise<CommandReply<N>> {
    if (!this.open) return Promise.reject(hostDied());
    const id = ++this.lastId;
    return new Promise<CommandReply<N>>((resolve, reject) => {
      const patience = PATIENCE[name] ?? DEFAULT_PATIENCE;
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(
          new InspectorError(
            'busy',
            `The engine did not answer “${name}” within ${patience / 1000} s.`,
            'Wait for it, or restart the engine; the watched program continues.',
          ),
        );
      }, patience);
      const settle = (reply: unknown): void => {
        const parsed = commands[name].reply.safeParse(reply);
        if (parsed.success) resolve(parsed.data as CommandReply<N>);
        else reject(misfit(`The reply to “${name}”`, parsed.error));
      };
      this.pending.set(id, { name, settle, fail: reject, timer });
      this.send({ type: 'request', id, name, payload, ...(permits && permits.length > 0 && { permits }) });
    });
  }

  /** The frame `sequence` is on the screen. */
  ack(sequence: number): void {
    this.send({ type: 'ack', sequence });
  }

  /** Asks for a key frame. */
  resync(): void {
    this.send({ type: 'resync' });
  }

  /** Closes the connection; pending requests are rejected with `error`. Idempotent. */
  close(error: InspectorError): void {
    if (!this.open) return;
    this.open = false;
    this.port.close();
    for (const { fail, timer } of this.pending.values()) {
      clearTimeout(timer);
      fail(error);
    }
    this.pending.clear();
    this.listener.lost(error);
  }

  private send(message: ToEngine): void {
    if (this.open) this.port.postMessage(message);
  }

  private receive(data: unknown): void {
    if (!this.open) return;
    const parsed = toWindowSchema.safeParse(data);
    if (!parsed.success) {
      this.listener.problem(misfit('A message of the engine', parsed.error));
      return;
    }
    const message = parsed.data;
    if (message.type === 'frame') {
      this.listener.frame(message.buffer);
    } else if (message.type === 'event') {
      this.receiveEvent(message.name, message.payload);
    } else {
      const call = this.pending.get(message.id);
      // A reply after the timeout of its call.
      if (!call) return;
      this.pending.delete(message.id);
      clearTimeout(call.timer);
      const { result } = message;
      if (result.ok) call.settle(result.payload);
      else call.fail(new InspectorError(result.error.kind, result.error.message, result.error.remedy));
    }
  }

  private receiveEvent(name: string, payload: unknown): void {
    if (!isEventName(name)) {
      this.listener.problem(misfit(`The event “${name}”`, null));
      return;
    }
    const parsed = events[name].safeParse(payload);
    if (parsed.success) this.listener.event({ name, payload: parsed.data } as EngineEvent);
    else this.listener.problem(misfit(`The event “${name}”`, parsed.error));
  }
}

function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}

function misfit(what: string, error: z.ZodError | null): InspectorError {
  const where = error ? ` (${problemText(error)})` : '';
  return new InspectorError('internal', `${what} does not fit the contract${where}.`, 'Please report this.');
}
