import type { CommandName, CommandReply, CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { ENGINE_PORT_MESSAGE } from '#shared/contract/engine-port.ts';
import { permitSubjects } from '#shared/contract/permit.ts';
import { hostStatusSchema, type HostStatus, type Shell } from '#shared/contract/shell.ts';
import { EngineClient, hostDied, type ClientListener } from './client.ts';

declare global {
  interface Window {
    /** Absent if the page runs outside the shell. */
    readonly shell?: Shell;
  }
}

export interface LinkListener extends Omit<ClientListener, 'lost'> {
  /** A new connection is there; nothing is known of its session yet. */
  connected(): void;
  host(status: HostStatus): void;
}

/** Keeps the connection to the engine: takes each port that the shell hands in, and knows when the engine died. */
export class EngineLink {
  private readonly listener: LinkListener;
  private client: EngineClient | null = null;
  private shell: Shell | undefined;
  private awaiting: (() => void)[] = [];
  /** Calls made before the engine was first there; null from then on. */
  private early: { readonly go: () => void; readonly refuse: (error: InspectorError) => void }[] | null = [];

  constructor(listener: LinkListener) {
    this.listener = listener;
  }

  /** Listens for ports and for the host's state on `target`. @returns a function that stops it */
  attach(target: Window): () => void {
    this.shell = target.shell;
    const onMessage = (event: MessageEvent): void => {
      const port = event.ports[0];
      if (event.source !== target || event.data !== ENGINE_PORT_MESSAGE || !port) return;
      this.connect(port);
    };
    target.addEventListener('message', onMessage);
    const stop = target.shell?.onHostStatus((status) => {
      const parsed = hostStatusSchema.parse(status);
      // The port reports the loss of an engine late or never; the shell knows it at once.
      if (parsed.status === 'died') this.lose();
      this.listener.host(parsed);
    });
    return () => {
      target.removeEventListener('message', onMessage);
      stop?.();
      this.lose();
    };
  }

  get isConnected(): boolean {
    return this.client !== null;
  }

  /** Resolves when the next engine is connected. */
  nextConnection(): Promise<void> {
    return new Promise((resolve) => this.awaiting.push(resolve));
  }

  connect(port: MessagePort): void {
    // The engine that is replaced is not lost.
    const replaced = this.client;
    this.client = null;
    replaced?.close(hostDied());
    const client: EngineClient = new EngineClient(port, {
      frame: (buffer) => this.listener.frame(buffer),
      event: (event) => this.listener.event(event),
      problem: (error) => this.listener.problem(error),
      lost: () => {
        if (this.client !== client) return;
        this.client = null;
        this.listener.host({ status: 'died', detail: 'The connection to it was closed.' });
      },
    });
    this.client = client;
    this.listener.connected();
    for (const resolve of this.awaiting.splice(0)) resolve();
    for (const { go } of this.early ?? []) go();
    this.early = null;
  }

  /**
   * The permits that a command needs, from the shell, which asks the user if the selection was not made outside of the page;
   * null if the user refuses.
   */
  async permits<N extends CommandName>(name: N, payload: CommandRequest<N>): Promise<string[] | null> {
    const permits: string[] = [];
    for (const subject of permitSubjects(name, payload)) {
      const permit = await this.shell?.permit(subject);
      if (permit === null) return null;
      if (permit !== undefined) permits.push(permit);
    }
    return permits;
  }

  /**
   * See EngineClient.call; waits for the first engine, and rejects with `host-died` while a dead one has no successor, with
   * `not-permitted` if the user refuses what the command needs a permit for.
   * @param permits as `permits` returned them; without them they are asked for here
   */
  async call<N extends CommandName>(
    name: N,
    payload: CommandRequest<N>,
    permits?: string[],
  ): Promise<CommandReply<N>> {
    const given = permits ?? (await this.permits(name, payload));
    if (given === null) throw new InspectorError('not-permitted', 'This was not allowed in the dialog.');
    const { early } = this;
    if (early) await new Promise<void>((go, refuse) => early.push({ go, refuse }));
    if (!this.client) throw hostDied();
    return this.client.call(name, payload, given);
  }

  private lose(): void {
    for (const { refuse } of this.early ?? []) refuse(hostDied());
    this.early = null;
    this.client?.close(hostDied());
  }

  ack(sequence: number): void {
    this.client?.ack(sequence);
  }

  resync(): void {
    this.client?.resync();
  }
}

/** Any failure as the data that a view shows. */
export function errorData(cause: unknown): ReturnType<InspectorError['toData']> {
  return InspectorError.from(cause).toData();
}
