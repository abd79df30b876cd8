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
  const { path, seconds, bytes, frames } = finished;
  return (
    <Toast key={path} onDismiss={() => model.recorder.dismiss()}>
      <Message
        kind="news"
        message={`Recorded ${formatTime(seconds * 1000)}, ${plural(frames, 'frame')}, ${formatBytes(bytes)}.`}
        remedy={path}
        onDismiss={() => model.recorder.dismiss()}
      >
        <div className="banners__buttons">
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
        </div>
      </Message>
    </Toast>
  );
}
