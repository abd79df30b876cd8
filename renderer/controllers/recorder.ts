import type { EventPayload } from '#shared/contract/events.ts';
import type { DumpReply, RecordingProgress } from '#shared/contract/recording.ts';
import type { Shell } from '#shared/contract/shell.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineLink } from '../engine/engine-link.ts';
import type { Attempt } from './attempt.ts';
import type { SessionStore } from '../stores/session-store.ts';

/** `where`: the machine that has the file, as `locationText` has it; null for this one. */
export type FinishedRecording = RecordingProgress & { readonly where: string | null };

type FetchProgress = EventPayload<'recording.fetched'>;

export interface RecorderStore {
  /** Progress of the current recording; null before the first report. */
  readonly progress: RecordingProgress | null;
  /** The last recording that came to its end, until it is dismissed. */
  readonly finished: FinishedRecording | null;
  /** Progress of fetching a recording from another machine; null while none is fetched. */
  readonly fetching: FetchProgress | null;
  /** Whether an engine on another machine writes recordings there instead of here. */
  readonly there: boolean;
  /** The result of the last "dump and reset". */
  readonly dump: DumpReply | null;
  /** How many there were of this source. */
  readonly dumps: number;
}

interface RecorderInput {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  /** Absent if the page runs outside the shell. */
  readonly shell: Shell | undefined;
  readonly attempt: Attempt;
}

const NOTHING: RecorderStore = {
  progress: null,
  finished: null,
  fetching: null,
  there: false,
  dump: null,
  dumps: 0,
};

/** Recording what is tracked, and ending one phase of it. */
export class Recorder {
  readonly store: StoreApi<RecorderStore> = createStore<RecorderStore>(() => NOTHING);
  private readonly input: RecorderInput;
  private busy = false;
  /** The machine that has the file of the current recording. */
  private where: string | null = null;

  constructor(input: RecorderInput) {
    this.input = input;
  }

  get isRecording(): boolean {
    return (this.input.session.getState().state?.recording ?? null) !== null;
  }

  /** Whether what is open can be recorded: a live source that is running. */
  get canRecord(): boolean {
    const { host, state } = this.input.session.getState();
    return host.status === 'running' && state !== null && isRecordable(state);
  }

  /** Starts, or stops. */
  toggle(): Promise<void> {
    return this.isRecording ? this.stop() : this.start(null, !this.store.getState().there);
  }

  /** Where recordings of an engine elsewhere are made. */
  record(where: 'here' | 'there'): void {
    this.store.setState({ there: where === 'there' });
  }

  /**
   * @param path null: a new file in the user's data folder
   * @param here whether the file is of this machine, even if the engine is elsewhere
   */
  start(path: string | null, here: boolean): Promise<void> {
    return this.alone(async () => {
      this.store.setState({ progress: null, finished: null });
      const where = this.input.session.getState().host.where ?? null;
      this.where = here ? null : where;
      await this.input.link.call('recording.start', { path, ...(here && where !== null && { here }) });
    });
  }

  /** Starts after the user selected a file. */
  async startAs(): Promise<void> {
    const title = this.input.session.getState().state?.source?.description.title ?? 'recording';
    const name = title.replaceAll(/[^\w.-]+/g, '-').replace(/^[^\w]+/, '') || 'recording';
    const path = await this.input.shell?.selectRecordingTarget(name.slice(0, 80));
    if (path) await this.start(path, true);
  }

  stop(): Promise<void> {
    return this.alone(async () => this.finish(await this.input.link.call('recording.stop', {})));
  }

  /** Copies a recording that another machine has to this one. */
  fetch(recording: FinishedRecording): Promise<void> {
    return this.alone(async () => {
      this.store.setState({ fetching: { bytes: 0, total: recording.bytes } });
      try {
        const { path, bytes } = await this.input.link.call('recording.fetch', { path: recording.path });
        this.store.setState({ finished: { ...recording, path, bytes, where: null } });
        void this.input.shell?.rememberRecording(path);
      } finally {
        this.store.setState({ fetching: null });
      }
    });
  }

  fetchProgressed(fetching: FetchProgress): void {
    if (this.store.getState().fetching !== null) this.store.setState({ fetching });
  }

  /** Takes what was written so far as one phase, clears it, and marks the time. */
  dumpAndReset(): Promise<void> {
    return this.alone(async () => {
      const { dumps } = this.store.getState();
      const dump = await this.input.link.call('session.dumpAndReset', { note: `Phase ${dumps + 1}` });
      this.store.setState({ dump, dumps: dumps + 1 });
    });
  }

  /** @param outcome the recording whose outcome is dismissed; another one stays */
  dismiss(outcome: FinishedRecording | null = this.store.getState().finished): void {
    if (this.store.getState().finished === outcome) this.store.setState({ finished: null });
  }

  progressed(progress: RecordingProgress): void {
    this.store.setState({ progress });
  }

  /** The session's state changed: a recording may have ended by itself (disk full, the program's end). */
  adopt(state: SessionState, before: SessionState | null): void {
    const { progress } = this.store.getState();
    if (before?.recording && !state.recording && progress) this.finish(progress);
  }

  /** Another source follows: the phases counted from here on are its own. A recording ends with the engine's last report. */
  forget(): void {
    this.store.setState({ dump: null, dumps: 0 });
  }

  /** The engine has ended: what was being recorded is what there is of it. */
  abandon(): void {
    const { progress } = this.store.getState();
    if (progress) this.finish(progress);
    this.store.setState({ dump: null, dumps: 0 });
  }

  private finish(progress: RecordingProgress): void {
    const { where } = this;
    const finished = { ...progress, where };
    this.store.setState({ progress: null, finished });
    if (where === null) void this.input.shell?.rememberRecording(finished.path);
  }

  /** A second press while the first is on its way does nothing. */
  private async alone(run: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    await this.input.attempt(run);
    this.busy = false;
  }
}

export const isRecordable = ({ source, ended }: SessionState): boolean =>
  source !== null && ended === null && source.playback === null;
