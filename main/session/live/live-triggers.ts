import type { TrackingSource } from '#shared/source/source.ts';
import { plural } from '#shared/plural.ts';
import { defaultPath } from '../../recording/default-path.ts';
import type { SessionHistory } from '../history/session-history.ts';
import { recordingInfo } from '../history/running-recording.ts';
import { saveKept } from '../history/save-kept.ts';
import type { SessionContext } from '../session-context.ts';
import { keepSnapshot } from '../snapshot-file.ts';
import { Throttle } from '../throttle.ts';
import { Triggers } from '../triggers/triggers.ts';
import type { LiveSampler } from './live-sampler.ts';
import type { ManualOperations } from './manual-operations.ts';

/** Shortest time between two `triggers.changed` events, and between two `trigger.acted` of one trigger. */
const CHANGED_PERIOD_MS = 250;
const ACTED_PERIOD_MS = 1000;

interface LiveTriggersInput {
  readonly source: TrackingSource;
  readonly sampler: LiveSampler;
  readonly records: SessionHistory;
  readonly operations: ManualOperations;
  readonly context: Pick<SessionContext, 'output' | 'stateChanged'>;
  /** Current sampling rate, in samples a second. */
  hz(): number;
}

/** The triggers of a live session: what they do, with the session's own parts. */
export function liveTriggers(input: LiveTriggersInput): Triggers {
  const { source, sampler, records, operations, context } = input;
  const { output } = context;
  const changedThrottle = new Throttle(CHANGED_PERIOD_MS);
  /** Throttles by subject of the message. */
  const actedThrottles = new Map<string, Throttle>();
  let late: NodeJS.Timeout | undefined;
  const report = (force: boolean): void => {
    if (changedThrottle.take(force)) {
      clearTimeout(late);
      late = undefined;
      output.event('triggers.changed', { triggers: triggers.list });
    } else late ??= setTimeout(() => report(true), CHANGED_PERIOD_MS).unref();
  };
  const triggers: Triggers = new Triggers(source, {
    written: () => sampler.frames.written,
    mark: (timeNs, note) => void records.marks.add({ timeNs, note, colour: 'red' }),
    pause: async () => {
      if (source.progress().running !== false) await operations.control('pause');
      context.stateChanged();
    },
    snapshot: (range) => keepSnapshot(source, range),
    save: async () => {
      const path = await defaultPath(source.description.title);
      const info = recordingInfo(source, input.hz());
      const { frames } = await saveKept(records.live.kept(), records.marks.list, { path, info });
      return `${plural(frames, 'frame is', 'frames are')} in ${path}.`;
    },
    stopRecording: async () => {
      const { path } = await records.recorder.stop();
      return `${path} is complete.`;
    },
    changed: (message, about = '') => {
      const throttle = actedThrottles.get(about) ?? new Throttle(ACTED_PERIOD_MS);
      if (message !== null) actedThrottles.set(about, throttle);
      const isReported = message !== null && throttle.take();
      report(isReported);
      if (isReported) output.event('trigger.acted', { message });
    },
  });
  return triggers;
}
