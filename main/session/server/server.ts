import type { EventName, EventPayload } from '#shared/contract/events.ts';
import { permitSubjects } from '#shared/contract/permit.ts';
import { toEngineSchema, type ToWindow } from '#shared/contract/wire.ts';
import { Session } from '../session.ts';
import { answer, badRequest, type PermissionCheck } from './answer.ts';
import { type Engine, handlersOf } from './handlers.ts';
import { LabRunner } from './lab-runner.ts';
import type { PermitCheck } from './permits.ts';
import type { Port } from './port.ts';
import { StatisticsClock } from './statistics.ts';
import { Subscriber } from './subscriber.ts';

export interface Served {
  readonly session: Session;
  /** Ends a recording, detaches, then closes the port. Every call returns the same promise. */
  close(): Promise<void>;
  /** Detaches without waiting: the process is ending. */
  abandon(): void;
}

/**
 * Serves one window over `port` with its own session, until the port closes. Every message is parsed here; what
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
  const emit = <N extends EventName>(name: N, payload: EventPayload<N>): void =>
    post({ type: 'event', name, payload });
  const statistics = new StatisticsClock(session, subscriber, (payload) =>
    emit('session.statistics', payload),
  );
  const lab = new LabRunner((progress) => emit('methods.progress', progress));
  const handlers = handlersOf(session, engine, lab, permits);
  session.listen({
    shown: (frame) => subscriber.offer(frame),
    discontinuity: () => subscriber.reset(),
    event: emit,
  });

  port.onMessage((message) => {
    const parsed = toEngineSchema.safeParse(message);
    if (!parsed.success) {
      emit('session.problem', badRequest('A message', parsed.error).toData());
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
        const check: PermissionCheck = (command, request) => {
          permits.command?.(command, request);
          permits.require(permitSubjects(command, request), given);
        };
        void answer(handlers, name, payload, check).then((result) => post({ type: 'reply', id, result }));
      }
    }
  });

  let closing: Promise<void> | null = null;
  const closeNow = async (): Promise<void> => {
    open = false;
    statistics.stop();
    lab.cancel();
    subscriber.reset();
    await session.close().finally(() => port.close());
  };
  const close = (): Promise<void> => (closing ??= closeNow());
  // No reply is possible now; the next window opens its sources again.
  port.onClose(
    () => void close().catch((cause: unknown) => console.error('closing a source failed:', cause)),
  );
  return {
    session,
    close,
    abandon() {
      open = false;
      lab.cancel();
      session.abandon();
    },
  };
}
