import type { CommandRequest, OpenSource } from '#shared/contract/commands.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import { type EngineLocation, HERE, isAdministrator } from '#shared/contract/engine-location.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { type Shell, useEngineReplySchema } from '#shared/contract/shell.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import type { VmaSummary } from '../data/vma-summary.ts';
import { hostDied } from '../engine/client.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import type { FramePump } from '../engine/frame-pump.ts';
import { sourceOfArgument, startArgument } from '../engine/start-source.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { forgetTime, msOf, type TimeStore } from '../stores/time-store.ts';
import type { Attempt } from './attempt.ts';
import type { Compare } from './compare.ts';
import type { PlaybackController } from './playback-controller.ts';
import type { RecentSources } from './recent-sources.ts';
import type { Recorder } from './recorder.ts';
import type { SessionSync } from './session-sync.ts';
import type { Timeline } from './timeline.ts';

interface SourceInput {
  readonly link: EngineLink;
  readonly pump: FramePump;
  readonly shell: Shell | undefined;
  readonly frames: FrameStore;
  readonly summary: VmaSummary;
  readonly session: StoreApi<SessionStore>;
  readonly time: StoreApi<TimeStore>;
  readonly recent: RecentSources;
  readonly playback: PlaybackController;
  readonly recorder: Recorder;
  readonly timeline: Timeline;
  readonly compare: Compare;
  readonly sync: SessionSync;
  readonly attempt: Attempt;
  /** Opens the lesson that the shell names. */
  readonly lessons: { openWords(words: string): Promise<void> };
}

type Sampling = CommandRequest<'session.configure'>;

/** The open source: opens and closes it, configures how it is sampled, controls its program. */
export class SourceController {
  private readonly input: SourceInput;
  /** The source named on the command line is opened once, not again after the engine died. */
  private started = false;
  /** How live sources are sampled, as far as the user selected that. */
  private sampling: Sampling = {};

  constructor(input: SourceInput) {
    this.input = input;
  }

  /** A new engine is there: takes over its session, and opens at first what the command line named. */
  connected(): Promise<void> {
    const { link, session, shell, sync, timeline, attempt } = this.input;
    session.setState(({ host: { where }, engines }) => ({
      host: { status: 'running', ...(where !== undefined && { where }) },
      engines: engines + 1,
    }));
    return attempt(async () => {
      // An engine that was restarted samples as the previous one did.
      const state = this.started
        ? await link.call('session.configure', this.sampling)
        : await link.call('session.state', {});
      sync.adopt(state);
      void timeline.reload();
      if (this.started) return;
      this.started = true;
      if (state.source !== null || !shell) return;
      const words = await startArgument(shell);
      if (words !== null) await this.openNamed(words);
    });
  }

  /**
   * Opens a source in place of the open one; rejects with the engine's error, and the old source stays closed, unless
   * `source` is a recording: one that cannot be read changes nothing. Nor does anything if the user does not permit it.
   */
  async open(source: OpenSource): Promise<void> {
    const { link, pump, shell, session, recent, playback, recorder, timeline, sync } = this.input;
    if (source.kind === 'recording') await this.useHere();
    // The last picture stays where nothing can take its place.
    if (session.getState().host.status === 'died') throw hostDied();
    const permits = await link.permits('source.open', source);
    if (permits === null) return;
    const before = session.getState();
    const { finished } = recorder.store.getState();
    // The message about restored huge pages belongs to the previous source.
    const restoring = before.restoring?.end === null ? before.restoring : null;
    session.setState({ opening: true, lastOpen: source, problem: null, news: null, restoring });
    // The open source continues until the file is known to be a recording.
    const beside = source.kind === 'recording';
    // The workbench stays: the start view would show until the source is open.
    if (!beside) this.forget(before.picture);
    pump.dropping = !beside;
    try {
      const state = await link.call('source.open', source, permits);
      if (beside) this.forget();
      recorder.dismiss(finished);
      sync.adopt(state);
      if ('mode' in source && source.mode) this.sampling = { ...this.sampling, mode: source.mode };
      if (state.source) {
        const { title, detail } = state.source.description;
        recent.note(source, title, detail);
      }
      void timeline.reload();
      if (source.kind === 'recording') void shell?.rememberRecording(source.path);
    } catch (cause) {
      session.setState(beside ? { lastOpen: before.lastOpen } : { picture: false });
      throw cause;
    } finally {
      pump.dropping = false;
      session.setState({ opening: false });
    }
    // The first frame of a recording came before the reply, and no other follows by itself.
    if (playback.state) playback.goTo(msOf(playback.state.position.timeNs));
  }

  /** Gives up opening a recording; what was open stays. */
  async cancelOpening(): Promise<void> {
    await this.input.link.call('source.cancelOpening', {});
  }

  /**
   * Uses the engine at `location` instead; rejects with the InspectorError of the connection, and the current one stays. Nothing
   * changes if the user refuses.
   */
  async useEngine(location: EngineLocation): Promise<void> {
    const { shell, link } = this.input;
    if (!shell) return;
    const next = link.nextConnection();
    const reply = useEngineReplySchema.parse(await shell.useEngine(location));
    if (reply.status === 'failed') {
      const { kind, message, remedy } = reply.error;
      throw new InspectorError(kind, message, remedy);
    }
    if (reply.status === 'connected') await next;
  }

  /** Connects with this machine's engine, unless it is the current one: files that are named in this window are of this machine. */
  async useHere(): Promise<void> {
    if (this.input.session.getState().host.where !== undefined) await this.useEngine(HERE);
  }

  /** Attaches with the rights of an administrator, if the user agrees. */
  async attachAsAdministrator(pid: number): Promise<void> {
    await this.useEngine({ kind: 'administrator' });
    if (isAdministrator(this.input.session.getState().host.where)) await this.open({ kind: 'native', pid });
  }

  /** Opens what the shell asks for (see Shell.onOpen). */
  openWords(words: string): Promise<void> {
    return this.input.attempt(() => this.openNamed(words));
  }

  private async openNamed(words: string): Promise<void> {
    const { link, lessons } = this.input;
    if (words.startsWith('lesson:')) return await lessons.openWords(words);
    const source = await sourceOfArgument(words, link);
    if (source) await this.open(source);
  }

  /** Detaches; the program continues. The picture is discarded. */
  async close(): Promise<void> {
    const { session, link } = this.input;
    session.setState({ problem: null, news: null });
    if (session.getState().state?.source) await this.adopting(() => link.call('source.close', {}));
    this.forget();
  }

  configure(change: Sampling): Promise<void> {
    return this.adopting(async () => {
      const state = await this.input.link.call('session.configure', change);
      // A recording has its own mode and rate.
      if (!state.source?.playback) this.sampling = { ...this.sampling, ...change };
      return state;
    });
  }

  /** One sample now, even while paused. */
  sample(): Promise<void> {
    return this.input.attempt(async () => void (await this.input.link.call('session.sample', {})));
  }

  control(action: ControlAction): Promise<void> {
    return this.adopting(() => this.input.link.call('source.control', { action }));
  }

  set(name: string, value: ParameterValue): Promise<void> {
    return this.adopting(() => this.input.link.call('source.set', { name, value }));
  }

  private adopting(call: () => Promise<SessionState>): Promise<void> {
    return this.input.attempt(async () => this.input.sync.adopt(await call()));
  }

  /** Discards all that belongs to the last source. @param picture whether the workbench stays */
  private forget(picture = false): void {
    const { frames, summary, session, time, timeline, compare, recorder } = this.input;
    frames.reset();
    forgetTime(time);
    timeline.forget();
    compare.forget();
    recorder.forget();
    session.setState({ picture, notices: [], statistics: null, rates: null });
    summary.setRates(null);
  }
}
