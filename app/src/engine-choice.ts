/**
 * Which engine the window uses: this machine's, or one elsewhere that the user selected in a dialog of the shell or on the command
 * line. Each location has its own permits, so that what is allowed on one machine is not allowed on another.
 */
import type { MessagePortMain } from 'electron';
import { type EngineLocation, locationText } from '#shared/contract/engine-location.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { HostStatus, UseEngineReply } from '#shared/contract/shell.ts';
import { connectCommand } from '../../main/link/connect-command.ts';
import type { TerminalPipes } from '../../main/link/terminal-pipes.ts';
import type { EngineHost } from './engine-host.ts';
import { TaskQueue } from '#shared/task-queue.ts';
import { questionOfLocation, questionOfTerminal, type Question } from './permit-questions.ts';
import { createPermits, type Permits, type PermitSources } from './permits.ts';

export interface EngineChoiceOptions extends Pick<PermitSources, 'ask' | 'recent'> {
  readonly host: Pick<EngineHost, 'connect' | 'start' | 'status'>;
  /** Default folder of recordings on this machine. */
  readonly recordings: string;
  /** The location of the command line. */
  readonly initial: EngineLocation;
  /** Makes the pipes of an engine that the user starts in a terminal. */
  readonly makePipes: () => Promise<TerminalPipes>;
  /** Puts text into the clipboard. */
  copy(text: string): void;
  /** Gives the window a port; false if there is no page to receive it. */
  sendPort(port: MessagePortMain): void;
  sendStatus(status: HostStatus): void;
}

export interface EngineChoice {
  /** What the user allowed on the machine that the current engine runs on. */
  present(): Permits;
  /** Key of the connection with this machine's engine; null while another one is used. */
  keyHere(): Buffer | null;
  /** What the user allowed at `location`. */
  permitsOf(location: EngineLocation): Permits;
  /** Whether the window is connected with the engine at `location`. */
  isPresent(location: EngineLocation): boolean;
  /** The user named `location` outside of the page. */
  agree(location: EngineLocation): void;
  /** Another engine instead of the current one, which continues if the other cannot be connected with. */
  use(location: EngineLocation): Promise<UseEngineReply>;
  /** Another page replaced the one with the current connection, so the end of that connection is not reported as a loss. */
  pageLeft(): void;
  /** Connects a page with the current engine: at its load, and when an engine was started. */
  connect(): Promise<void>;
  /** Starts this machine's engine, or connects again with one elsewhere. */
  restart(): Promise<void>;
  status(): HostStatus;
}

export function createEngineChoice(options: EngineChoiceOptions): EngineChoice {
  const { host, ask, recent, recordings, sendPort, sendStatus } = options;
  let location = options.initial;
  /** Status of the connection with an engine elsewhere; null while this machine's engine is used. */
  let elsewhere: HostStatus | null = null;
  /** Permit keys: of this machine, and of the connection with an engine elsewhere. Without a connection a permit is of no use. */
  const keys: Record<'here' | 'elsewhere', Buffer> = { here: Buffer.alloc(32), elsewhere: Buffer.alloc(32) };
  /** Number of the current connection; reports of others are ignored. */
  let lastConnection = 0;
  let presentConnection = 0;
  const kept = new Map<string, Permits>();
  const agreed = new Set([locationText(options.initial)]);
  const queue = new TaskQueue();

  const permitsOf = (at: EngineLocation): Permits => {
    const text = locationText(at);
    const known = kept.get(text);
    if (known) return known;
    const made = createPermits(
      at.kind === 'here'
        ? { key: () => keys.here, ask, recent, recordings, where: null }
        : {
            key: () => keys.elsewhere,
            ask,
            recent: () => Promise.resolve([]),
            recordings: null,
            where: text,
          },
    );
    kept.set(text, made);
    return made;
  };

  const change = (status: HostStatus): void => {
    elsewhere = status;
    sendStatus(status);
  };

  /** Throws an InspectorError if it cannot be connected with. @returns false if the user refuses */
  const connectWith = async (to: EngineLocation): Promise<boolean> => {
    if (to.kind !== 'terminal') return connectBy(to);
    const pipes = await options.makePipes();
    try {
      // Asked each time: the command is another one.
      if (!(await ask(questionOfTerminal(pipes.command)))) return false;
      options.copy(pipes.command);
      return await connectBy(to, pipes.folder);
    } finally {
      await pipes.remove();
    }
  };

  const connectBy = async (to: EngineLocation, pipes?: string): Promise<boolean> => {
    const number = ++lastConnection;
    const where = locationText(to);
    const lost = (error: InspectorError): void => {
      if (number === presentConnection) change({ status: 'died', detail: sentence(error), where });
    };
    const made = await host.connect(to, lost, pipes);
    if (made === null) return true;
    presentConnection = number;
    location = to;
    keys.here = made.keyHere;
    if (to.kind !== 'here') keys.elsewhere = made.key;
    if (to.kind === 'here') {
      elsewhere = null;
      sendStatus(host.status());
    } else change({ status: 'running', where });
    sendPort(made.port);
    return true;
  };

  const connect = (): Promise<void> =>
    queue.run(async () => {
      const where = locationText(location);
      if (location.kind !== 'here') change({ status: 'starting', where });
      try {
        const connected = await connectWith(location);
        if (!connected) change({ status: 'died', detail: 'The connection was refused.', where });
      } catch (cause) {
        change({ status: 'died', detail: sentence(InspectorError.from(cause)), where });
      }
    });

  return {
    present: () => permitsOf(location),
    keyHere: () => (location.kind === 'here' ? keys.here : null),
    permitsOf,
    isPresent: (at) => elsewhere?.status !== 'died' && locationText(at) === locationText(location),
    agree: (to) => void agreed.add(locationText(to)),
    pageLeft() {
      presentConnection = 0;
    },
    connect,
    status: () => (location.kind === 'here' ? host.status() : (elsewhere ?? host.status())),
    async restart() {
      // A process that is started connects by itself.
      const { status } = host.status();
      await host.start();
      if (status === 'running') await connect();
    },
    use: (to) =>
      queue.run(async () => {
        if (to.kind !== 'here' && to.kind !== 'terminal' && !agreed.has(locationText(to))) {
          const question: Question = questionOfLocation(locationText(to), connectCommand(to).words);
          if (!(await ask(question))) return { status: 'cancelled' };
          agreed.add(locationText(to));
        }
        try {
          return { status: (await connectWith(to)) ? 'connected' : 'cancelled' };
        } catch (cause) {
          return { status: 'failed', error: InspectorError.from(cause).toData() };
        }
      }),
  };
}

const sentence = ({ message, remedy }: InspectorError): string => `${message} ${remedy}`.trim();
