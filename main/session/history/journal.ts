import { InspectorError } from '#shared/contract/errors.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import { MAX_PROCESS_EVENT_TEXT } from '#shared/contract/recording.ts';
import type {
  DumpReply,
  Mark,
  OperationRecord,
  ProcessEvent,
  RecordingProgress,
  RecordingState,
} from '#shared/contract/recording.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { History } from '#shared/source/history.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { SessionHistory } from './session-history.ts';
import type { LiveHistory } from './live-history.ts';
import type { LiveSampler } from '../live/live-sampler.ts';
import { SessionRecorder } from './session-recorder.ts';

/** What the journal needs of its session. */
export interface JournalHost {
  tell<N extends EventName>(name: N, payload: EventPayload<N>): void;
  /** `SessionState.recording` is another one. */
  recordingChanged(): void;
}

/** An operation as far as it is known before it is done. */
type Action = Pick<OperationRecord, 'action'> & Partial<Pick<OperationRecord, 'request' | 'detail'>>;

/** What a session writes down of the source that is open: in memory, and in a recording while there is one. */
export class Journal {
  private readonly host: JournalHost;
  private readonly remembers: boolean;
  private observer: LiveSampler | null = null;
  private chronicle: SessionHistory | null = null;
  private recorder: SessionRecorder | null = null;

  /** @param remembers whether the last minutes are kept for the timeline and comparisons */
  constructor(host: JournalHost, remembers: boolean) {
    this.host = host;
    this.remembers = remembers;
  }

  async begin(observer: LiveSampler): Promise<void> {
    this.chronicle = await SessionHistory.begin(observer.source, {
      remembers: this.remembers,
      mark: (id, mark) => this.markChanged(id, mark),
      problem: (error) => this.host.tell('session.problem', error.toData()),
    });
    this.observer = observer;
    this.host.tell('marks.changed', { marks: this.marks });
  }

  /** The source is about to be closed: a recording ends, and what was changed is saved. */
  async end(): Promise<void> {
    if (this.recorder !== null) {
      await this.stopRecording().catch((cause: unknown) =>
        this.host.tell('session.problem', InspectorError.from(cause).toData()),
      );
    }
    await this.chronicle?.settled();
    this.chronicle = null;
    this.observer = null;
  }

  /** For the end of the process: without waiting. What was recorded up to the last second can be read. */
  abandon(): void {
    this.recorder?.stop().catch(() => undefined);
    this.recorder = null;
  }

  get recording(): RecordingState | null {
    return this.recorder?.state ?? null;
  }

  /** Frames of the present recording; null where there is none. */
  get recordedFrames(): number | null {
    return this.recorder?.writer.progress().frames ?? null;
  }

  get history(): History {
    return this.open().history;
  }

  /** The frames of a live session that are kept. */
  get live(): LiveHistory | null {
    return this.open().live;
  }

  get marks(): Mark[] {
    return this.chronicle?.marks.marks ?? [];
  }

  /** The session's clock, in nanoseconds. */
  nowNs(): number {
    return Math.round((this.observer?.now() ?? 0) * 1e6);
  }

  /** Every frame of the session, in its order. */
  frame(frame: Frame): void {
    this.recorder?.writer.frame(frame);
    if (this.observer) this.chronicle?.frame(frame, this.observer.picture);
  }

  /** Something happened to the program or to its tracking; kept by a recording, and shown. */
  processEvent({ message, ...event }: Omit<ProcessEvent, 'timeNs'>): void {
    // A recording has those of its file; what is noticed while it is played is not the program's.
    if (this.observer?.source.playback) return;
    const text = message.slice(0, MAX_PROCESS_EVENT_TEXT);
    const happened = { ...event, message: text, timeNs: this.nowNs() };
    this.recorder?.writer.processEvent(happened);
    this.chronicle?.processEvent(happened);
    this.host.tell('session.processEvent', happened);
  }

  /** Null, or a promise of room: the disk is slower than the samples. Told once a recording. */
  room(): Promise<void> | null {
    const { recorder } = this;
    const room = recorder?.writer.room() ?? null;
    if (recorder && room && !recorder.lagged) {
      recorder.lagged = true;
      const message = 'The disk is slower than the recording: samples wait for it, and none is left out.';
      this.host.tell('source.notice', { message });
    }
    return room;
  }

  /** Written pages are counted another way from now on. */
  newPhase(): void {
    this.chronicle?.newPhase(this.nowNs());
  }

  /** Runs a manual operation and writes it down, however it ends. */
  async logged<T>(
    what: Action,
    run: () => Promise<{ value: T; result?: OperationRecord['result'] }>,
  ): Promise<T> {
    const timeNs = this.nowNs();
    const began = performance.now();
    const note = (result: OperationRecord['result']): void => {
      const durationNs = (performance.now() - began) * 1e6;
      const record = { request: null, detail: '', ...what, timeNs, result, durationNs };
      this.chronicle?.operation(record);
      this.recorder?.writer.operation(record);
      this.host.tell('session.operation', record);
    };
    try {
      const { value, result } = await run();
      note(result ?? { ok: true, ret: 0, next: null });
      return value;
    } catch (cause) {
      const { kind, message } = InspectorError.from(cause);
      note({ ok: false, errno: kind, message });
      throw cause;
    }
  }

  operate(observer: LiveSampler, request: OperationRequest, mode: SampleMode): Promise<OperationResult> {
    const { start, len, vecLen, flags } = request;
    return this.logged<OperationResult>(
      { action: request.op, request: { start, len, vecLen, flags } },
      async () => {
        const value: OperationResult = await observer.operate(request, mode);
        if (value.ok) return { value, result: { ok: true, ret: value.ret, next: value.next } };
        return { value, result: { ok: false, errno: value.errno, message: value.message } };
      },
    );
  }

  clearRefs(observer: LiveSampler, mode: SampleMode): Promise<void> {
    return this.logged({ action: 'clear_refs' }, async () => ({ value: await observer.clearRefs(mode) }));
  }

  /** Ends a phase of the program: `show` gets the frame of all that was written in it, then it is marked. */
  dump(
    observer: LiveSampler,
    mode: SampleMode,
    note: string,
    show: (frame: Frame) => void,
  ): Promise<DumpReply> {
    return this.logged({ action: 'dump_and_reset', detail: note }, async () => {
      const { capabilities, playback } = observer.source;
      if (playback) throw notLive();
      if (capabilities.getAndClear === 'none') {
        throw new InspectorError('unsupported', 'This source cannot read and clear.');
      }
      const frame = await observer.dump(mode);
      show(frame);
      // The mark stands at the frame that shows the phase.
      const timeNs = Math.round(frame.time * 1e6);
      const { byKind, sinceNs } = this.open().takePhase(mode, observer.picture, timeNs);
      const mark = this.open().marks.add({ timeNs, note, colour: 'amber' });
      const writtenPages = byKind.reduce((sum, pages) => sum + pages, 0);
      const atomic = capabilities.getAndClear !== 'emulated-racy';
      const value = { mark, writtenPages, byKind, phaseNs: sinceNs, atomic };
      return { value, result: { ok: true, ret: writtenPages, next: null } };
    });
  }

  /** Records from now on. @param maxBytes it ends by itself before the file is larger */
  async startRecording(path: string | null, hz: number, maxBytes?: number): Promise<{ path: string }> {
    const { observer } = this;
    if (observer === null) throw nothingOpen();
    if (observer.source.playback) throw notLive();
    if (this.recorder !== null) {
      throw new InspectorError('busy', `${this.recorder.state.path} is being recorded.`, 'Stop it first.');
    }
    const recorder: SessionRecorder = await SessionRecorder.start({
      path,
      source: observer.source,
      hz,
      key: observer.picture.key(),
      maxBytes,
      progress: (progress) => this.host.tell('recording.progress', progress),
      notice: (message) => this.host.tell('source.notice', { message }),
      ended: (problem) => {
        if (this.recorder === recorder) this.recorder = null;
        // The file is closed: these are its counts, whatever was reported while it grew.
        this.host.tell('recording.progress', recorder.writer.closed());
        if (problem) this.host.tell('session.problem', problem.toData());
        this.host.recordingChanged();
      },
    });
    this.recorder = recorder;
    this.host.recordingChanged();
    return { path: recorder.state.path };
  }

  async stopRecording(): Promise<RecordingProgress> {
    const { recorder } = this;
    if (recorder === null) throw new InspectorError('bad-request', 'Nothing is being recorded.');
    try {
      const result = await recorder.stop();
      this.host.tell('recording.progress', result);
      return result;
    } finally {
      this.recorder = null;
      this.host.recordingChanged();
    }
  }

  /** @param mark `timeNs` null: now */
  addMark({ timeNs, ...mark }: Omit<Mark, 'id' | 'timeNs'> & { timeNs: number | null }): Mark {
    return this.open().marks.add({ ...mark, timeNs: timeNs ?? this.nowNs() });
  }

  changeMark(change: Parameters<SessionHistory['marks']['change']>[0]): Mark {
    return this.open().marks.change(change);
  }

  removeMark(id: string): void {
    this.open().marks.remove(id);
  }

  private open(): SessionHistory {
    if (this.chronicle === null) throw nothingOpen();
    return this.chronicle;
  }

  private markChanged(id: string, mark: Mark | null): void {
    if (mark === null) this.recorder?.writer.removeMark(id);
    else this.recorder?.writer.mark(mark);
    this.host.tell('marks.changed', { marks: this.marks });
  }
}

function nothingOpen(): InspectorError {
  return new InspectorError('no-source', 'Nothing is open.', 'Open a source first.');
}

function notLive(): InspectorError {
  return new InspectorError(
    'unsupported',
    'A recording has no program to read or clear.',
    'Open a live source.',
  );
}
