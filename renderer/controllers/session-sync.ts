import type { SessionState } from '#shared/contract/session-state.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { clearSelection, type SelectionStore } from '../stores/selection-store.ts';
import type { SessionStore } from '../stores/session-store.ts';
import type { TimeStore } from '../stores/time-store.ts';
import type { RafLoop } from '../ui/raf-loop.ts';
import type { Operations } from './operations.ts';
import type { PlaybackController } from './playback-controller.ts';
import type { Recorder } from './recorder.ts';
import type { Timeline } from './timeline.ts';

interface SyncInput {
  readonly frames: FrameStore;
  readonly raf: RafLoop;
  readonly session: StoreApi<SessionStore>;
  readonly selection: StoreApi<SelectionStore>;
  readonly time: StoreApi<TimeStore>;
  readonly operations: Operations;
  readonly playback: PlaybackController;
  readonly recorder: Recorder;
  readonly timeline: Timeline;
}

/** Keeps stores and controllers in step with the engine's session state and with the frames. */
export class SessionSync {
  private readonly input: SyncInput;

  constructor(input: SyncInput) {
    this.input = input;
    const { frames, time, session, selection, operations, playback, timeline } = input;
    time.subscribe((now, before) => {
      if (now.cursor !== before.cursor) this.freeze();
    });
    frames.listen({
      applied: () => {
        // Samples that are asked for one by one.
        if (!timeline.goesOn && !playback.state) timeline.refresh();
        if (!session.getState().picture) session.setState({ picture: true });
      },
      reset: () => {
        clearSelection(selection);
        selection.setState({ cursor: null, hover: null });
        operations.forget();
      },
    });
  }

  /** Takes over the engine's session state. */
  adopt(state: SessionState): void {
    const { session, recorder, playback, time, frames } = this.input;
    const before = session.getState().state;
    const step = state.source?.step ?? null;
    session.setState(state.ended === null ? { state, step } : { state, step, statistics: null, rates: null });
    recorder.adopt(state, before);
    playback.adopt(state, before);
    const recording = state.source?.playback ?? null;
    if (recording && time.getState().cursor === null) playback.moved(recording.position);
    frames.recorded = recording !== null;
    frames.rate = recording?.speed ?? 1;
    frames.rewinds = state.source !== null;
    this.freeze();
  }

  /** The engine died, with its source and recording; the last picture stays. */
  died(): void {
    const { frames, recorder, session } = this.input;
    frames.frozen = true;
    recorder.abandon();
    session.setState(({ state }) => ({
      statistics: null,
      rates: null,
      ...(state && { state: { ...state, recording: null } }),
    }));
  }

  /** Without sampling, and where the past is shown, nothing looks older with time. */
  private freeze(): void {
    const { session, frames, playback, raf } = this.input;
    const { state } = session.getState();
    if (!state) return;
    const { paused, ended, source } = state;
    frames.frozen = paused || ended !== null || source === null || playback.isPast;
    raf.request();
  }
}
