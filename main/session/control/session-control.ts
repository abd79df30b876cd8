import type { RecordingProgress } from '#shared/contract/recording.ts';
import type { Session } from '../session.ts';
import type { ControlReply, ControlRequest, ControlState } from './control-messages.ts';

type Done = Extract<ControlReply, { ok: true }>;

/** Runs what comes by a control socket on a session. `stop`: how a recording is stopped where that ends more than the recording. */
export function sessionControl(
  session: Session,
  stop: () => Promise<RecordingProgress | null> = () => session.live((live) => live.stopRecording()),
): (request: ControlRequest) => Promise<Done> {
  const done = (more: Partial<Done> = {}): Done => ({
    ...{ ok: true, state: stateOf(session), timeNs: null, writtenPages: null, note: null },
    ...more,
  });
  return async (request) => {
    switch (request.command) {
      case 'state':
        return done();
      case 'mark': {
        const { note } = request;
        // In its turn: a program that is just being opened has its mark too.
        const mark = await session.live((live) =>
          Promise.resolve(live.marks.add({ timeNs: null, note, colour: 'green' })),
        );
        return done({ timeNs: mark.timeNs, note });
      }
      case 'phase': {
        const { mark, writtenPages } = await session.live((live) => {
          const phases = live.marks.list.filter(({ note }) => /^Phase \d+$/.test(note)).length;
          return live.dumpAndReset(request.note ?? `Phase ${phases + 1}`);
        });
        return done({ timeNs: mark.timeNs, note: mark.note, writtenPages });
      }
      case 'start':
        await session.live((live) => live.startRecording({ path: null }));
        return done();
      case 'stop': {
        const { recording } = stateOf(session);
        await stop();
        return done({ state: { ...stateOf(session), recording } });
      }
    }
  };
}

function stateOf(session: Session): ControlState {
  const { source, ended, recording } = session.state();
  return {
    title: source?.description.title ?? null,
    target: ended === null ? (source?.description.pid ?? null) : null,
    recording: recording?.path ?? null,
  };
}
