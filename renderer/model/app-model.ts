import type { OpenSource } from '#shared/contract/commands.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { StoreApi } from 'zustand/vanilla';
import { acceptDrops } from '../controllers/file-drop.ts';
import { EngineLink, errorData } from '../engine/engine-link.ts';
import type { EngineEvent } from '../engine/client.ts';
import { Compare } from '../controllers/compare.ts';
import { FramePump } from '../engine/frame-pump.ts';
import { FrameStore } from '../data/frame-store.ts';
import { Operations } from '../controllers/operations.ts';
import { Playback } from '../controllers/playback.ts';
import { PageHistory } from '../controllers/page-history.ts';
import { PageInspection } from '../controllers/page-inspection.ts';
import { RafLoop } from '../ui/raf-loop.ts';
import { RecentSources } from '../controllers/recent-sources.ts';
import { Recorder } from '../controllers/recorder.ts';
import { clearSelection, createSelectionStore, type SelectionStore } from '../stores/selection-store.ts';
import { sourceOfWords, startSource } from '../engine/start-source.ts';
import { addNotice, createSessionStore, type SessionStore } from '../stores/session-store.ts';
import { createTimeStore, forgetTime, msOf, type TimeStore } from '../stores/time-store.ts';
import { Timeline } from '../controllers/timeline.ts';
import { createViewStore, type KeyValueStore, type ViewSettings } from '../stores/view-store.ts';
import { VmaSummary } from '../data/vma-summary.ts';

/** How often figures and sums are taken, in ms. */
const FIGURES_EVERY = 250;

/** Everything that the window is made of besides what is drawn: the engine, the picture, the stores, the actions. */
export class AppModel {
  readonly raf = new RafLoop();
  readonly frames = new FrameStore();
  readonly summary = new VmaSummary(this.frames);
  readonly session: StoreApi<SessionStore> = createSessionStore();
  readonly selection: StoreApi<SelectionStore> = createSelectionStore();
  readonly time: StoreApi<TimeStore> = createTimeStore();
  readonly view: StoreApi<ViewSettings>;
  readonly recent: RecentSources;
  readonly link: EngineLink;
  readonly pump: FramePump;
  readonly operations: Operations;
  /** Absent where the page runs outside the shell. */
  readonly shell = typeof window === 'undefined' ? undefined : window.shell;
  readonly playback: Playback;
  readonly recorder: Recorder;
  readonly timeline: Timeline;
  readonly compare: Compare;
  readonly inspection: PageInspection;
  readonly pageHistory: PageHistory;
  /** What the command line asked for is opened once, not again after the engine died. */
  private started = false;

  constructor(storage: KeyValueStore | null) {
    this.view = createViewStore(storage);
    this.recent = new RecentSources(storage);
    this.link = new EngineLink({
      connected: () => void this.greet(),
      host: (host) => {
        // An engine that runs is of use once its port is here.
        const useful = host.status === 'running' && !this.link.isConnected;
        this.session.setState({ host: useful ? { status: 'starting' } : host });
        if (host.status === 'died') this.died();
      },
      frame: (buffer) => this.pump.receive(buffer),
      event: (event) => this.hear(event),
      problem: (error) => this.session.setState({ problem: error.toData() }),
    });
    this.pump = new FramePump(this.frames, this.raf, this.link, this.session);
    this.operations = new Operations(this.link, this.selection);
    this.playback = new Playback(this);
    this.recorder = new Recorder(this);
    this.timeline = new Timeline(this);
    this.compare = new Compare(this);
    this.pageHistory = new PageHistory(this);
    this.inspection = new PageInspection(this.link, this.session, this.selection, this.frames, this.raf);
    this.time.subscribe((now, before) => {
      if (now.cursor !== before.cursor) this.holdTime();
    });
    this.frames.listen({
      applied: () => {
        // Samples that are asked for one by one.
        if (!this.timeline.goesOn && !this.playback.state) this.timeline.refresh();
        if (!this.session.getState().picture) this.session.setState({ picture: true });
      },
      reset: () => {
        clearSelection(this.selection);
        this.selection.setState({ cursor: null, hover: null });
        this.operations.forget();
      },
    });
  }

  /** Connects to the shell around `target` and starts taking figures. @returns a function that stops both */
  start(target: Window): () => void {
    const detach = this.link.attach(target);
    const timer = target.setInterval(() => this.takeFigures(), FIGURES_EVERY);
    const shut = acceptDrops(target, this);
    const deaf = target.shell?.onOpen((words) => void this.openWords(words));
    return () => {
      detach();
      deaf?.();
      shut();
      target.clearInterval(timer);
    };
  }

  /**
   * Opens a source in place of the one that is open; rejects with the engine's error, and that one stays closed, unless
   * `source` is a recording: one that cannot be read changes nothing. Nor does anything where the user does not permit it.
   */
  async open(source: OpenSource): Promise<void> {
    const permits = await this.link.permits('source.open', source);
    if (permits === null) return;
    const before = this.session.getState().lastOpen;
    const { finished } = this.recorder.store.getState();
    this.session.setState({ opening: true, lastOpen: source, problem: null, news: null });
    // Until a file is known to be a recording, what is open goes on.
    const beside = source.kind === 'recording';
    if (!beside) this.forgetPicture();
    this.pump.dropping = !beside;
    try {
      const state = await this.link.call('source.open', source, permits);
      if (beside) this.forgetPicture();
      this.recorder.dismiss(finished);
      this.adopt(state);
      if (state.source)
        this.recent.note(source, state.source.description.title, state.source.description.detail);
      void this.timeline.reload();
      if (source.kind === 'recording') void this.shell?.rememberRecording(source.path);
    } catch (cause) {
      if (beside) this.session.setState({ lastOpen: before });
      throw cause;
    } finally {
      this.pump.dropping = false;
      this.session.setState({ opening: false });
    }
    // A recording stands still: its first frame came before the reply, and no other follows by itself.
    if (this.playback.state) this.playback.goTo(msOf(this.playback.state.position.timeNs));
  }

  /** Opens what the shell asks for, in its words (see Shell.onOpen). */
  private openWords(words: string): Promise<void> {
    return this.attempt(async () => {
      const source = await sourceOfWords(words, this.link);
      if (source) await this.open(source);
    });
  }

  /** Detaches; the program goes on. The picture goes with it. */
  async close(): Promise<void> {
    this.session.setState({ problem: null, news: null });
    if (this.session.getState().state?.source) {
      await this.attempt(async () => this.adopt(await this.link.call('source.close', {})));
    }
    this.forgetPicture();
  }

  configure(change: { mode?: SessionState['mode']; hz?: number; paused?: boolean }): Promise<void> {
    return this.attempt(async () => this.adopt(await this.link.call('session.configure', change)));
  }

  /** One sample now, also while paused. */
  sample(): Promise<void> {
    return this.attempt(async () => void (await this.link.call('session.sample', {})));
  }

  control(action: ControlAction): Promise<void> {
    return this.attempt(async () => this.adopt(await this.link.call('source.control', { action })));
  }

  set(name: string, value: ParameterValue): Promise<void> {
    return this.attempt(async () => this.adopt(await this.link.call('source.set', { name, value })));
  }

  /** Runs something of the engine whose failure is shown in the window's banner. */
  async attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (cause) {
      this.session.setState({ problem: errorData(cause) });
    }
  }

  /** The engine is gone, and with it whatever ran or was being recorded; the last picture stays. */
  private died(): void {
    this.frames.frozen = true;
    this.recorder.abandon();
    this.session.setState(({ state }) => ({
      statistics: null,
      rates: null,
      ...(state && { state: { ...state, recording: null } }),
    }));
  }

  private forgetPicture(): void {
    this.frames.reset();
    forgetTime(this.time);
    this.timeline.forget();
    this.compare.forget();
    this.recorder.forget();
    this.session.setState({ picture: false, notices: [], statistics: null, rates: null });
    this.summary.setRates(null);
  }

  private async greet(): Promise<void> {
    this.session.setState({ host: { status: 'running' } });
    await this.attempt(async () => {
      const state = await this.link.call('session.state', {});
      this.adopt(state);
      void this.timeline.reload();
      if (this.started) return;
      this.started = true;
      if (state.source !== null || !window.shell) return;
      const source = await startSource(window.shell, this.link);
      if (source) await this.open(source);
    });
  }

  /** Takes over what the engine says of its session. */
  adopt(state: SessionState): void {
    const before = this.session.getState().state;
    this.session.setState(state.ended === null ? { state } : { state, statistics: null, rates: null });
    this.recorder.adopt(state, before);
    this.playback.adopt(state, before);
    const playback = state.source?.playback ?? null;
    if (playback && this.time.getState().cursor === null) this.playback.moved(playback.position);
    this.frames.recorded = playback !== null;
    this.frames.rate = playback?.speed ?? 1;
    this.frames.rewinds = state.source !== null;
    this.holdTime();
  }

  /** Without sampling, and where the past is shown, nothing grows older: the picture stays as it is. */
  private holdTime(): void {
    const { state } = this.session.getState();
    if (!state) return;
    const { paused, ended, source } = state;
    this.frames.frozen = paused || ended !== null || source === null || this.playback.isPast;
    this.raf.request();
  }

  private hear({ name, payload }: EngineEvent): void {
    const { session } = this;
    switch (name) {
      case 'session.state':
        this.adopt(payload);
        break;
      case 'session.problem':
        session.setState({ problem: payload });
        break;
      case 'session.statistics':
        session.setState({ statistics: payload });
        break;
      case 'session.rates':
        session.setState({ rates: payload });
        this.summary.setRates(payload);
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
      case 'session.operation':
        this.timeline.operated(payload);
        break;
      case 'session.processEvent':
        this.timeline.happened(payload);
        // The others come as notices besides.
        if (payload.kind === 'exit' || payload.kind === 'lost') addNotice(session, 'engine', payload.message);
        break;
      case 'marks.changed':
        this.timeline.marked(payload.marks);
        break;
      case 'playback.position':
        this.playback.moved(payload);
        break;
      case 'recording.progress':
        this.recorder.progressed(payload);
        break;
      case 'source.progress':
        session.setState(({ state }) =>
          state?.source ? { state: { ...state, source: { ...state.source, step: payload.step } } } : {},
        );
        break;
    }
  }

  private takeFigures(): void {
    const { frames, raf } = this;
    const figures = {
      sequence: frames.sequence,
      writtenPages: frames.writtenPages,
      framesPerSecond: raf.framesPerSecond(performance.now()),
      frameCost: raf.cost(0.95),
    };
    this.session.setState({ figures });
    this.summary.refresh();
  }
}
