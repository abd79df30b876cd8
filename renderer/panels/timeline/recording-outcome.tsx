import type { FinishedRecording } from '../../controllers/recorder.ts';
import { useModel, useRecorder } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { formatTime } from '../../ui/time.ts';
import { Toast } from '../../ui/toast.tsx';

/** Where a recording went, and what can be done with it. */
export function RecordingOutcome() {
  const model = useModel();
  const finished = useRecorder((state) => state.finished);
  if (!finished) return null;
  const { path, seconds, bytes, frames, where } = finished;
  return (
    <Toast key={path} onDismiss={() => model.recorder.dismiss()}>
      <Message
        kind="news"
        message={`Recorded ${formatTime(seconds * 1000)}, ${plural(frames, 'frame')}, ${formatBytes(bytes)}.`}
        remedy={where === null ? path : `${path} on ${where}`}
        onDismiss={() => model.recorder.dismiss()}
      >
        <div className="banners__buttons">
          {where === null ? <ButtonsHere path={path} /> : <ButtonsThere recording={finished} />}
        </div>
      </Message>
    </Toast>
  );
}

function ButtonsHere({ path }: { readonly path: string }) {
  const model = useModel();
  return (
    <>
      <Button
        onPress={() => {
          model.recorder.dismiss();
          void model.attempt(() => model.source.open({ kind: 'recording', path }));
        }}
      >
        Open it
      </Button>
      <Button onPress={() => void model.attempt(async () => model.shell?.showInFolder(path))}>
        Show in folder
      </Button>
    </>
  );
}

/** Recordings are opened on this machine: one of another is fetched first. */
function ButtonsThere({ recording }: { readonly recording: FinishedRecording }) {
  const { recorder } = useModel();
  const fetching = useRecorder((state) => state.fetching);
  if (fetching !== null) {
    return (
      <span className="dim num" role="status">
        Fetching: {formatBytes(fetching.bytes)} of {formatBytes(fetching.total)}
      </span>
    );
  }
  return <Button onPress={() => void recorder.fetch(recording)}>Fetch it</Button>;
}
