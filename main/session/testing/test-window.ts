import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { commands, type CommandName, type CommandReply } from '#shared/contract/commands.ts';
import { events, type EventName, type EventPayload } from '#shared/contract/events.ts';
import { toWindowSchema, type ToWindow } from '#shared/contract/wire.ts';
import { FrameState } from '#shared/frame/apply.ts';
import { decodeFrame } from '#shared/frame/codec.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { preflight } from '../../native/preflight/preflight.ts';
import { listProcesses } from '../../native/process-list/list.ts';
import { runProbe } from '../../native/probe/probe.ts';
import { listWorkloads, openSimulated } from '../../simulated/source/open.ts';
import { openScenario, openSteppedWorkload } from '../../simulated/stepping/open.ts';
import { portOfWorker } from '../server/port.ts';
import { EVERYTHING_PERMITTED, type PermitCheck } from '../server/permits.ts';
import { serve, type Served } from '../server/server.ts';
import type { OpenSourceFunction } from '../session.ts';

type Reply = Extract<ToWindow, { type: 'reply' }>;

/** A window at its port: calls, keeps what it receives, acknowledges every frame by default. */
export class TestWindow {
  readonly state = new FrameState();
  readonly frames: Frame[] = [];
  readonly received: { name: string; payload: unknown }[] = [];
  /** All pages of any frame's plane Written. */
  readonly written = new TileSet();
  acknowledges = true;
  readonly port: MessagePort;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private readonly watchers = new Set<() => void>();
  private lastId = 0;

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', (message: unknown) => this.receive(toWindowSchema.parse(message)));
  }

  async call<N extends CommandName>(name: N, payload: unknown, permits?: string[]): Promise<CommandReply<N>> {
    const { result } = await this.request(name, payload, permits);
    if (!result.ok) throw Object.assign(new Error(`${name}: ${result.error.message}`), result.error);
    return commands[name].reply.parse(result.payload) as CommandReply<N>;
  }

  /** Payloads of the events `name` so far. */
  events<N extends EventName>(name: N): EventPayload<N>[] {
    return this.received
      .filter((event) => event.name === name)
      .map(({ payload }) => payload as EventPayload<N>);
  }

  /** Resolves as soon as `condition` holds after a message. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.watchers.delete(check);
        resolve();
      };
      this.watchers.add(check);
      check();
    });
  }

  /** Acknowledges the last frame. */
  ack(): void {
    this.port.postMessage({ type: 'ack', sequence: this.state.sequence });
  }

  close(): Promise<void> {
    this.port.close();
    return Promise.resolve();
  }

  /** A request as any page could send it. */
  request(name: string, payload: unknown, permits?: string[]): Promise<Reply> {
    const id = ++this.lastId;
    const reply = new Promise<Reply>((resolve) => this.waiting.set(id, resolve));
    this.port.postMessage({ type: 'request', id, name, payload, permits });
    return reply;
  }

  private receive(message: ToWindow): void {
    if (message.type === 'reply') this.waiting.get(message.id)?.(message);
    else if (message.type === 'event') {
      if (!Object.hasOwn(events, message.name)) throw new Error(`unknown event ${message.name}`);
      events[message.name as EventName].parse(message.payload);
      this.received.push(message);
    } else {
      const frame = decodeFrame(message.buffer);
      this.frames.push(frame);
      if (!this.state.apply(frame)) throw new Error(`frame ${frame.sequence} does not fit`);
      for (const [from, to] of this.state.tiles.runs(Plane.Written))
        this.written.setRun(Plane.Written, from, to);
      if (this.acknowledges) this.ack();
    }
    for (const watcher of this.watchers) watcher();
  }
}

/** A window and its engine over a real message channel. */
export class ServedWindow extends TestWindow {
  readonly served: Served;

  constructor(openSource: OpenSourceFunction = openHere, permits: PermitCheck = EVERYTHING_PERMITTED) {
    const { port1, port2 } = new MessageChannel();
    super(port2);
    const engine = {
      openSource,
      workloads: listWorkloads,
      probe: runProbe,
      preflight,
      processes: listProcesses,
    };
    this.served = serve(portOfWorker(port1), engine, permits);
  }

  override async close(): Promise<void> {
    await this.served.close();
    await super.close();
  }
}

/** Simulated programs. */
export const openHere: OpenSourceFunction = async (what) => {
  if (what.kind === 'scenario') return openScenario(what);
  if (what.kind === 'simulated')
    return what.stepped === true ? openSteppedWorkload(what) : openSimulated(what);
  throw new Error(`no ${what.kind} here`);
};
