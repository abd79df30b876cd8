import { Circle, Scissors, Square } from 'lucide-react';
import { isAdministrator } from '#shared/contract/engine-location.ts';
import { useModel, useRecorder, useSession } from '../../model/context.ts';
import { isRecordable } from '../../controllers/recorder.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/fields.tsx';
import { formatBytes, plural } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';

/** Recording with its counter, and the end of a phase. Live sources only. */
export function RecordControls() {
  const { recorder } = useModel();
  const recording = useSession((session) => session.state?.recording ?? null);
  const recordable = useSession(
    ({ host, state }) => host.status === 'running' && state !== null && isRecordable(state),
  );
  const able = useSession((session) => {
    const capabilities = session.state?.source?.capabilities;
    return capabilities?.getAndClear !== 'none' || capabilities.clear;
  });
  const where = useSession((session) => session.host.where);
  const there = useRecorder((state) => state.there);
  const progress = useRecorder((state) => state.progress);
  const dump = useRecorder((state) => state.dump);
  return (
    <div className="timeline__group" role="group" aria-label="Recording">
      <Button
        icon={recording ? Square : Circle}
        kind={recording ? 'plain' : 'quiet'}
        shortcut="R"
        isDisabled={!recording && !recordable}
        onPress={() => void recorder.toggle()}
      >
        {recording ? 'Stop recording' : 'Record'}
      </Button>
      {where !== undefined && !isAdministrator(where) && !recording && (
        <Select
          label="Record on"
          value={there ? 'there' : 'here'}
          choices={[
            { value: 'here', label: 'This machine' },
            { value: 'there', label: where },
          ]}
          onChange={(place) => recorder.record(place)}
        />
      )}
      {recording && (
        <span className="timeline__count num" data-testid="recording-count">
          <span className="timeline__live" aria-hidden />
          {formatTime((progress?.seconds ?? 0) * 1000)} · {formatBytes(progress?.bytes ?? 0)}
        </span>
      )}
      <Button
        icon={Scissors}
        kind="quiet"
        shortcut="E"
        isDisabled={!recordable || !able}
        onPress={() => void recorder.dumpAndReset()}
      >
        Dump and reset
      </Button>
      {dump && (
        <span className="dim ellipsis" role="status" data-testid="dump">
          {dump.mark.note}: {plural(dump.writtenPages, 'page')} in {formatTime(dump.phaseNs / 1e6)}
          {dump.atomic ? '' : ', writes in between may be lost'}
        </span>
      )}
    </div>
  );
}
