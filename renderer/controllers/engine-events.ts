import type { StoreApi } from 'zustand/vanilla';
import type { VmaSummary } from '../data/vma-summary.ts';
import type { EngineEvent } from '../engine/client.ts';
import { addNotice, type SessionStore } from '../stores/session-store.ts';
import type { PlaybackController } from './playback-controller.ts';
import type { Recorder } from './recorder.ts';
import type { SessionSync } from './session-sync.ts';
import type { StepPlayerController } from './step-player.ts';
import type { MethodsLab } from './methods-lab.ts';
import type { Timeline } from './timeline.ts';
import type { TriggersController } from './triggers.ts';
import type { WritersController } from './writers.ts';
import type { WriteWatchesController } from './write-watches.ts';

interface EventTargets {
  readonly session: StoreApi<SessionStore>;
  readonly summary: VmaSummary;
  readonly sync: SessionSync;
  readonly playback: PlaybackController;
  readonly recorder: Recorder;
  readonly timeline: Timeline;
  readonly steps: StepPlayerController;
  readonly writeWatches: WriteWatchesController;
  readonly writers: WritersController;
  readonly methods: MethodsLab;
  readonly triggers: TriggersController;
}

/** Passes an event of the engine to the store or controller that keeps what it reports. */
export function dispatchEvent({ name, payload }: EngineEvent, targets: EventTargets): void {
  const { session, summary, sync, playback, recorder, timeline, steps } = targets;
  const { writeWatches, writers, methods, triggers } = targets;
  switch (name) {
    case 'session.state':
      sync.adopt(payload);
      break;
    case 'session.problem':
      session.setState({ problem: payload });
      break;
    case 'session.recovered':
      session.setState(({ problem }) => (problem?.message === payload.message ? { problem: null } : {}));
      break;
    case 'session.statistics':
      session.setState({ statistics: payload });
      break;
    case 'session.rates':
      session.setState({ rates: payload });
      summary.setRates(payload);
      break;
    case 'huge.restore':
      session.setState({ restoring: payload });
      break;
    case 'source.output':
      addNotice(session, payload.stream, payload.text);
      break;
    case 'source.notice':
      addNotice(session, 'engine', payload.message);
      break;
    case 'steps.changed':
      steps.adopt(payload);
      break;
    case 'session.operation':
      timeline.operated(payload);
      break;
    case 'session.processEvent':
      timeline.happened(payload);
      // The others come as notices too.
      if (payload.kind === 'exit' || payload.kind === 'lost') addNotice(session, 'engine', payload.message);
      break;
    case 'marks.changed':
      timeline.marked(payload.marks);
      break;
    case 'playback.position':
      playback.positionChanged(payload);
      break;
    case 'writeWatch.state':
      writeWatches.adopt(payload);
      break;
    case 'writers.state':
      writers.adopt(payload);
      break;
    case 'triggers.changed':
      triggers.adopt(payload.triggers);
      break;
    case 'trigger.acted':
      session.setState({ news: payload.message });
      addNotice(session, 'engine', payload.message);
      break;
    case 'methods.progress':
      methods.progressed(payload);
      break;
    case 'recording.progress':
      recorder.progressed(payload);
      break;
    case 'recording.fetched':
      recorder.fetchProgressed(payload);
      break;
    case 'source.progress':
      session.setState({ step: payload.step });
      break;
  }
}
