import type { RecordingProgress } from '#shared/contract/recording.ts';
import type { Mark } from '#shared/contract/recording.ts';
import type { LiveSession } from '../live/live-session.ts';
import type { Session } from '../session.ts';
import type { ControlReply, ControlRequest, ControlState } from './control-messages.ts';

type Done = Extract<ControlReply, { ok: true }>;

/** Runs what comes by a control socket on a session. `stop`: how a recording is stopped where that ends more than the recording. */
export function sessionControl(
  session: Session,
  stop: () => Promise<RecordingProgress | null> = () => session.live((live) => live.stopRecording()),
): (request: ControlRequest) => Promise<Done> {
  const done = (more: Partial<Done> = {}): Done => ({
    ...{ ok: true, state: stateOf(session), timeNs: null, recordingNs: null, writtenPages: null, note: null },
    ...more,
  });
  return async (request) => {
    switch (request.command) {
      case 'state':
        return done();
      case 'mark': {
        const { note } = request;
        // In its turn: a program that is just being opened has its mark too.
        const times = await session.live((live) =>
          Promise.resolve(timesOf(live.marks.add({ timeNs: null, note, colour: 'green' }), live)),
        );
        return done({ ...times, note });
      }
      case 'phase': {
        const { mark, writtenPages, times } = await session.live(async (live) => {
          const phases = live.marks.list.filter(({ note }) => /^Phase \d+$/.test(note)).length;
          const dump = await live.dumpAndReset(request.note ?? `Phase ${phases + 1}`);
          return { ...dump, times: timesOf(dump.mark, live) };
        });
        return done({ ...times, note: mark.note, writtenPages });
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

function timesOf({ timeNs }: Mark, { recordingBeganNs }: LiveSession): Pick<Done, 'timeNs' | 'recordingNs'> {
  // A mark before the first frame is not in the recording.
  const isRecorded = recordingBeganNs !== null && timeNs >= recordingBeganNs;
  return { timeNs, recordingNs: isRecorded ? timeNs - recordingBeganNs : null };
}

function stateOf(session: Session): ControlState {
  const { source, ended, recording } = session.state();
  return {
    title: source?.description.title ?? null,
    target: ended === null ? (source?.description.pid ?? null) : null,
    recording: recording?.path ?? null,
  };
}
