import { machine, release, type } from 'node:os';
import { resolve } from 'node:path';
import type { InspectorError } from '#shared/contract/errors.ts';
import type { RecordingProgress, RecordingState } from '#shared/contract/recording.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { capabilitiesOf, type TrackingSource } from '#shared/source/source.ts';
import { defaultPath } from '../../recording/default-path.ts';
import type { CreateOutput } from '../../recording/recording-output.ts';
import { RerunParts } from '../../recording/rerun-parts.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';

/** How often progress is reported, in milliseconds. */
const PROGRESS_MS = 250;

export interface RunningRecordingOptions {
  /** Null: a new file in the user's data folder. */
  readonly path: string | null;
  /** Makes what is written to; default: a file of this machine. */
  readonly create?: CreateOutput | undefined;
  readonly source: TrackingSource;
  readonly hz: number;
  /** The state so far; null if nothing was sampled. */
  readonly key: Frame | null;
  readonly maxBytes?: number | undefined;
  progress(progress: RecordingProgress): void;
  notice(message: string): void;
  /** It ended by itself, and the file is closed. @param problem null if it has reached its size */
  ended(problem: InspectorError | null): void;
}

/** Metadata about the origin of a recording of `source`. */
export const recordingInfo = (source: TrackingSource, hz: number) => ({
  kernel: `${type()} ${release()} ${machine()}`,
  hz,
  source: { ...source.description },
  capabilities: capabilitiesOf(source),
});

/** A file that a session is recorded to. */
export class RunningRecording {
  readonly state: RecordingState;
  readonly writer: RecordingWriter;
  /** Whether its bytes go over a link. */
  readonly isLinked: boolean;
  /** Whether disk or link were ever slower than the samples. */
  lagged = false;
  private readonly rerun: RerunParts | null;
  private readonly timer: NodeJS.Timeout;

  private constructor(writer: RecordingWriter, options: RunningRecordingOptions) {
    this.writer = writer;
    this.isLinked = options.create !== undefined;
    const { rerun } = options.source;
    this.rerun = rerun && new RerunParts(rerun);
    this.state = { path: writer.path, since: Date.now() };
    this.timer = setInterval(() => options.progress(writer.progress()), PROGRESS_MS);
    this.timer.unref();
  }

  static async start(options: RunningRecordingOptions): Promise<RunningRecording> {
    const { source, hz, key, maxBytes, create } = options;
    const { description } = source;
    const path = options.path === null ? await defaultPath(description.title) : resolve(options.path);
    let recording: RunningRecording | null = null;
    const writer = await RecordingWriter.create({
      path,
      info: { ...recordingInfo(source, hz), ...(source.rerun !== null && { rerun: true }) },
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(create === undefined ? {} : { create }),
      onNotice: options.notice,
      onEnd: (problem) => {
        recording?.endProgress();
        options.ended(problem);
      },
    });
    if (key !== null) writer.prime(key);
    recording = new RunningRecording(writer, options);
    return recording;
  }

  /** A sample that was just made. */
  frame(frame: Frame): void {
    for (const part of this.rerun?.next() ?? []) this.writer.rerun(part);
    this.writer.frame(frame);
  }

  /** Ends the recording; the file is complete and closed. */
  stop(): Promise<RecordingProgress> {
    this.endProgress();
    return this.writer.stop();
  }

  private endProgress(): void {
    clearInterval(this.timer);
  }
}
