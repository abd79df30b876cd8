import { machine, release, type } from 'node:os';
import { resolve } from 'node:path';
import type { InspectorError } from '#shared/contract/errors.ts';
import type { RecordingProgress, RecordingState } from '#shared/contract/recording.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { defaultPath } from '../../recording/default-path.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';

/** How often progress is told, in milliseconds. */
const PROGRESS_EVERY = 250;

export interface SessionRecorderOptions {
  /** Null: a new file in the user's data folder. */
  readonly path: string | null;
  readonly source: TrackingSource;
  readonly hz: number;
  /** The picture so far; null where nothing was sampled. */
  readonly key: Frame | null;
  readonly maxBytes?: number | undefined;
  progress(progress: RecordingProgress): void;
  notice(message: string): void;
  /** It ended by itself, and the file is closed: null where it has its size. */
  ended(problem: InspectorError | null): void;
}

/** A recording that is being made of a session. */
export class SessionRecorder {
  readonly state: RecordingState;
  readonly writer: RecordingWriter;
  /** Whether the disk was ever slower than the samples. */
  lagged = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(writer: RecordingWriter, options: SessionRecorderOptions) {
    this.writer = writer;
    this.state = { path: writer.path, since: Date.now() };
    this.timer = setInterval(() => options.progress(writer.progress()), PROGRESS_EVERY);
    this.timer.unref();
  }

  static async start(options: SessionRecorderOptions): Promise<SessionRecorder> {
    const { source, hz, key, maxBytes } = options;
    const { description, capabilities } = source;
    const path = options.path === null ? await defaultPath(description.title) : resolve(options.path);
    let recorder: SessionRecorder | null = null;
    const writer = await RecordingWriter.create({
      path,
      info: { kernel: `${type()} ${release()} ${machine()}`, hz, source: { ...description }, capabilities },
      ...(maxBytes === undefined ? {} : { maxBytes }),
      onNotice: options.notice,
      onEnd: (problem) => {
        recorder?.halt();
        options.ended(problem);
      },
    });
    if (key !== null) writer.prime(key);
    recorder = new SessionRecorder(writer, options);
    return recorder;
  }

  /** Ends it; the file is complete and closed. */
  stop(): Promise<RecordingProgress> {
    this.halt();
    return this.writer.stop();
  }

  private halt(): void {
    clearInterval(this.timer);
  }
}
