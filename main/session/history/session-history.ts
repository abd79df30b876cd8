import { MAX_PROCESS_EVENT_TEXT, type ProcessEvent } from '#shared/contract/recording.ts';
import type { WritersInterval } from '#shared/contract/writers.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { SessionCounts } from '../../how-often/session-counts.ts';
import type { SessionContext } from '../session-context.ts';
import type { WrittenState } from '../frames/frame-builder.ts';
import { LiveHistory } from './live-history.ts';
import { MarkStore } from './mark-store.ts';
import { OperationLog } from './operation-log.ts';
import { Phase } from './phase.ts';
import { SessionRecorder } from './session-recorder.ts';

export interface SessionHistoryOptions {
  /** Whether the last minutes are kept for the timeline and comparisons. */
  readonly remembers: boolean;
  /** The session's clock. */
  nowNs(): number;
}

/**
 * All that is kept of a live session: what happens in it is handed to this once, and goes to the last minutes in memory,
 * to the recording while there is one, and to the listeners.
 */
export class SessionHistory {
  readonly live = new LiveHistory();
  readonly marks: MarkStore;
  readonly operations: OperationLog;
  readonly phase = new Phase();
  /** How often pages were written up to the last frame; empty if the session does not remember. */
  readonly counts = new SessionCounts();
  readonly recorder: SessionRecorder;
  readonly remembers: boolean;
  readonly nowNs: () => number;
  private readonly output: SessionContext['output'];

  constructor(
    context: Pick<SessionContext, 'output' | 'stateChanged'>,
    { remembers, nowNs }: SessionHistoryOptions,
  ) {
    const { output } = context;
    this.output = output;
    this.remembers = remembers;
    this.nowNs = nowNs;
    this.recorder = new SessionRecorder(context);
    this.operations = new OperationLog(nowNs, (record) => {
      if (remembers) this.live.operation(record);
      this.recorder.operation(record);
      output.event('session.operation', record);
    });
    this.marks = new MarkStore({
      marks: [],
      nowNs,
      changed: (id, mark) => {
        this.recorder.mark(id, mark);
        output.event('marks.changed', { marks: this.marks.list });
      },
    });
  }

  /** The session's next frame. @param written the state after it @param endsPhase whether it is that of a "dump and reset" */
  frame(frame: Frame, written: WrittenState, endsPhase: boolean): void {
    this.recorder.frame(frame);
    if (this.remembers) {
      this.live.push(frame);
      this.counts.note(written.tiles, frame.mode, endsPhase);
    }
    if (frame.mode === 'interval') this.phase.add(written);
    this.output.frame(frame);
  }

  /** The writers that a sample found; before its frame. */
  writers(interval: WritersInterval): void {
    this.recorder.writers(interval);
    if (this.remembers) this.live.foundWriters(interval);
  }

  /** Something happened to the program or to its tracking. */
  processEvent({ message, ...event }: Omit<ProcessEvent, 'timeNs'>): void {
    const text = message.slice(0, MAX_PROCESS_EVENT_TEXT);
    const happened = { ...event, message: text, timeNs: this.nowNs() };
    this.recorder.processEvent(happened);
    if (this.remembers) this.live.processEvent(happened);
    this.output.event('session.processEvent', happened);
  }
}
