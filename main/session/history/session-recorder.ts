import { InspectorError } from '#shared/contract/errors.ts';
import type {
  Mark,
  OperationRecord,
  ProcessEvent,
  RecordingProgress,
  RecordingState,
} from '#shared/contract/recording.ts';
import type { WritersInterval } from '#shared/contract/writers.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { CreateOutput } from '../../recording/recording-output.ts';
import type { SessionContext } from '../session-context.ts';
import { RunningRecording, type RunningRecordingOptions } from './running-recording.ts';

/**
 * `path` null: a new file. `create`: makes what is written to, if that is no file of this machine. `maxBytes`: it ends by
 * itself before the file is larger.
 */
export interface RecordingRequest {
  readonly path: string | null;
  readonly create?: CreateOutput | undefined;
  readonly maxBytes?: number | undefined;
}

/** Records a live session, one file at a time. */
export class SessionRecorder {
  private readonly context: Pick<SessionContext, 'output' | 'stateChanged'>;
  private running: RunningRecording | null = null;

  constructor(context: Pick<SessionContext, 'output' | 'stateChanged'>) {
    this.context = context;
  }

  /** Null if nothing is recorded. */
  get state(): RecordingState | null {
    return this.running?.state ?? null;
  }

  /** Frames of the current recording; null if there is none. */
  get frames(): number | null {
    return this.running?.writer.progress().frames ?? null;
  }

  /** Where the current recording begins on the session's clock, in nanoseconds; null if it has no frame, or there is none. */
  get beganNs(): number | null {
    return this.running?.writer.beganNs ?? null;
  }

  /** Records from now on. @returns the file */
  async start(
    { path, create, maxBytes }: RecordingRequest,
    what: Pick<RunningRecordingOptions, 'source' | 'hz' | 'key'>,
  ): Promise<{ path: string }> {
    const { output } = this.context;
    if (this.running !== null) {
      throw new InspectorError('busy', `${this.running.state.path} is being recorded.`, 'Stop it first.');
    }
    const recording: RunningRecording = await RunningRecording.start({
      path,
      create,
      maxBytes,
      ...what,
      progress: (progress) => output.event('recording.progress', progress),
      notice: (message) => output.event('source.notice', { message }),
      ended: (problem) => {
        if (this.running === recording) this.running = null;
        // The file is closed: these are its counts, which replace those reported while it grew.
        output.event('recording.progress', recording.writer.closed());
        if (problem) output.event('session.problem', problem.toData());
        this.context.stateChanged();
      },
    });
    this.running = recording;
    this.context.stateChanged();
    return { path: recording.state.path };
  }

  async stop(): Promise<RecordingProgress> {
    const { running } = this;
    if (running === null) throw new InspectorError('bad-request', 'Nothing is being recorded.');
    try {
      const result = await running.stop();
      this.context.output.event('recording.progress', result);
      return result;
    } finally {
      this.running = null;
      this.context.stateChanged();
    }
  }

  /** The source is closed: its recording ends. */
  async close(): Promise<void> {
    if (this.running === null) return;
    await this.stop().catch((cause: unknown) =>
      this.context.output.event('session.problem', InspectorError.from(cause).toData()),
    );
  }

  /** For the end of the process: without waiting. What was recorded up to the last second can be read. */
  abandon(): void {
    this.running?.stop().catch(() => undefined);
    this.running = null;
  }

  /** Null, or a promise of room if disk or link are slower than the samples; reported once a recording. */
  room(): Promise<void> | null {
    const { running } = this;
    const room = running?.writer.room() ?? null;
    if (running && room && !running.lagged) {
      running.lagged = true;
      const what = running.isLinked ? 'The connection' : 'The disk';
      const message = `${what} is slower than the recording: samples wait for it, and none is lost.`;
      this.context.output.event('source.notice', { message });
    }
    return room;
  }

  frame(frame: Frame): void {
    this.running?.frame(frame);
  }

  operation(record: OperationRecord): void {
    this.running?.writer.operation(record);
  }

  processEvent(event: ProcessEvent): void {
    this.running?.writer.processEvent(event);
  }

  writers(interval: WritersInterval): void {
    this.running?.writer.writers(interval);
  }

  /** @param mark null: it was removed */
  mark(id: string, mark: Mark | null): void {
    if (mark === null) this.running?.writer.removeMark(id);
    else this.running?.writer.mark(mark);
  }
}
