import type { z } from 'zod';
import {
  commands,
  type CommandName,
  type CommandReply,
  type CommandRequest,
} from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import { permitSubjects } from '#shared/contract/permit.ts';
import { toEngineSchema, type ToWindow } from '#shared/contract/wire.ts';
import type { HowToWatch } from '#shared/source/backend.ts';
import type { PermitCheck } from './permits.ts';
import type { Port } from './port.ts';
import { Session, type OpenSourceFunction } from '../session.ts';
import { StatisticsClock } from './statistics.ts';
import { Subscriber } from './subscriber.ts';

/** What the server needs of the rest of the engine. */
export interface Engine {
  readonly openSource: OpenSourceFunction;
  /** What can be simulated. */
  workloads(): CommandReply<'workloads.list'>;
  /** What this kernel and this user can do. */
  probe(): CommandReply<'probe.run'>;
  /** What attaching to a process can change for it. */
  preflight(pid: number, how: HowToWatch): Promise<CommandReply<'processes.preflight'>>;
  /** The programs that can be attached to, and why others cannot. */
  processes(search: string): CommandReply<'processes.list'> | Promise<CommandReply<'processes.list'>>;
}

export interface Served {
  readonly session: Session;
  /** Ends a recording, detaches, then closes the port; the same promise for whoever asks, the closing port too. */
  close(): Promise<void>;
  /** For the end of the process: detaches without waiting. */
  abandon(): void;
}

type Handlers = {
  readonly [N in CommandName]: (request: CommandRequest<N>) => Promise<CommandReply<N>> | CommandReply<N>;
};

/**
 * Serves one window over `port` with a session of its own, until the port closes. Every message is parsed here; what
 * does not fit, or is not permitted, is answered with an error and changes nothing.
 */
export function serve(port: Port, engine: Engine, permits: PermitCheck): Served {
  const session = new Session(engine.openSource);
  let open = true;
  const post = (message: ToWindow): void => {
    if (open) port.postMessage(message);
  };
  const subscriber = new Subscriber(
    (buffer) => post({ type: 'frame', buffer }),
    () => session.keyFrame(),
  );
  const tell = <N extends EventName>(name: N, payload: EventPayload<N>): void =>
    post({ type: 'event', name, payload });
  const statistics = new StatisticsClock(session, subscriber, (payload) =>
    tell('session.statistics', payload),
  );
  const handlers = handlersOf(session, engine);
  session.listen({
    shown: (frame) => subscriber.offer(frame),
    sourceChanged: () => subscriber.reset(),
    event: tell,
  });

  port.onMessage((message) => {
    const parsed = toEngineSchema.safeParse(message);
    if (!parsed.success) {
      tell('session.problem', badRequest('A message', parsed.error).toData());
      return;
    }
    switch (parsed.data.type) {
      case 'ack':
        return subscriber.ack(parsed.data.sequence);
      case 'resync':
        return subscriber.resync();
      case 'request': {
        const { id, name, payload } = parsed.data;
        const given = parsed.data.permits ?? [];
        const check: Check = (command, request) => permits.require(permitSubjects(command, request), given);
        void answer(handlers, name, payload, check).then((result) => post({ type: 'reply', id, result }));
      }
    }
  });

  let closing: Promise<void> | null = null;
  const closeNow = async (): Promise<void> => {
    open = false;
    statistics.stop();
    subscriber.reset();
    await session.close().finally(() => port.close());
  };
  const close = (): Promise<void> => (closing ??= closeNow());
  // Nobody is left to tell; the next window opens its sources anew.
  port.onClose(
    () => void close().catch((cause: unknown) => console.error('closing a source failed:', cause)),
  );
  return {
    session,
    close,
    abandon() {
      open = false;
      session.abandon();
    },
  };
}

function handlersOf(session: Session, engine: Engine): Handlers {
  return {
    'source.open': (what) => session.open(what),
    'source.close': () => session.close(),
    'source.control': ({ action }) => session.control(action),
    'source.set': ({ name, value }) => session.set(name, value),
    'session.configure': (change) => session.configure(change),
    'session.state': () => session.state(),
    'session.sample': () => session.sample().then(() => ({})),
    'operation.run': (request) => session.operate(request),
    'operation.clearRefs': () => session.clearRefs().then(() => ({})),
    'page.walk': ({ page }) => session.walk(page),
    'snapshot.take': ({ start, pages }) => session.snapshot(start, pages),
    'page.bytes': ({ page, pages }) => session.bytes(page, pages).then(ownBytes),
    'session.dumpAndReset': ({ note }) => session.dumpAndReset(note),
    'recording.start': ({ path }) => session.startRecording(path),
    'recording.stop': () => session.stopRecording(),
    'mark.add': (mark) => session.journal.addMark(mark),
    'mark.change': (change) => session.journal.changeMark(change),
    'mark.remove': ({ id }) => {
      session.journal.removeMark(id);
      return {};
    },
    'marks.list': () => ({ marks: session.journal.marks }),
    'playback.seek': ({ timeNs }) => session.seek(timeNs),
    'playback.step': ({ frames }) => session.step(frames),
    'playback.configure': (change) => session.configurePlaying(change),
    'timeline.read': ({ buckets, ...range }) => session.journal.history.timeline(range, buckets),
    'timeline.processEvents': () => ({ events: [...session.journal.history.processEvents()] }),
    'history.writes': (request) => session.journal.history.writes(request),
    'timeline.operations': (range) => session.journal.history.operations(range),
    'compare.moments': ({ a, b: other }) => session.compare(a, other),
    'huge.cancelRestore': ({ pid }) => {
      session.restorations.cancel(pid);
      return {};
    },
    'workloads.list': () => engine.workloads(),
    'probe.run': () => engine.probe(),
    'processes.preflight': ({ pid, ...how }) => engine.preflight(pid, how),
    'processes.list': ({ search }) => engine.processes(search),
  };
}

/** A view would take its whole buffer with it through the port. */
function ownBytes(bytes: Uint8Array): { bytes: Uint8Array } {
  return { bytes: bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes) };
}

type ReplyResult = Extract<ToWindow, { type: 'reply' }>['result'];

/** Throws where the request is not permitted. */
type Check = <N extends CommandName>(name: N, request: CommandRequest<N>) => void;

async function answer(
  handlers: Handlers,
  name: string,
  payload: unknown,
  check: Check,
): Promise<ReplyResult> {
  try {
    if (!isCommand(name)) {
      throw new InspectorError(
        'bad-request',
        `There is no command "${name}".`,
        'Window and engine differ in version.',
      );
    }
    return { ok: true, payload: await call(handlers, name, payload, check) };
  } catch (cause) {
    return { ok: false, error: InspectorError.from(cause).toData() };
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** The map with its types tied to the names, which `commands[name]` loses for a name that is not known. */
const requestSchemas: { readonly [N in CommandName]: { readonly request: z.ZodType<CommandRequest<N>> } } =
  commands;

/** Parses the request with the schema of its name, so that the handler gets its own type. */
function call<N extends CommandName>(
  handlers: Handlers,
  name: N,
  payload: unknown,
  check: Check,
): Promise<unknown> {
  const request = requestSchemas[name].request.safeParse(payload);
  if (!request.success) throw badRequest(name, request.error);
  check(name, request.data);
  return Promise.resolve(handlers[name](request.data));
}

function badRequest(what: string, error: z.ZodError): InspectorError {
  const [issue] = error.issues;
  const place = issue?.path.length ? ` (${issue.path.join('.')})` : '';
  return new InspectorError(
    'bad-request',
    `${what} does not fit${place}: ${issue?.message ?? error.message}.`,
  );
}
