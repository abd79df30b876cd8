import type { StoreApi } from 'zustand/vanilla';
import { type Attempt, attemptIn } from '../controllers/attempt.ts';
import { Compare } from '../controllers/compare.ts';
import { dispatchEvent } from '../controllers/engine-events.ts';
import { acceptDrops } from '../controllers/file-drop.ts';
import { HowOftenController } from '../controllers/how-often.ts';
import { Lessons } from '../controllers/lessons.ts';
import { NamedRangesController } from '../controllers/named-ranges.ts';
import { Operations } from '../controllers/operations.ts';
import { PageHistory } from '../controllers/page-history.ts';
import { PageObjectsController } from '../controllers/page-objects.ts';
import { followColouring } from '../controllers/map-colouring.ts';
import { PageInspection } from '../controllers/page-inspection.ts';
import { PageWritersController } from '../controllers/page-writers.ts';
import { PlaybackController } from '../controllers/playback-controller.ts';
import { RecentSources } from '../controllers/recent-sources.ts';
import { Recorder } from '../controllers/recorder.ts';
import { SessionSync } from '../controllers/session-sync.ts';
import { SourceController } from '../controllers/source-controller.ts';
import { StepComparisonController } from '../controllers/step-comparison.ts';
import { StepPlayerController } from '../controllers/step-player.ts';
import { Timeline } from '../controllers/timeline.ts';
import { MethodsLab } from '../controllers/methods-lab.ts';
import { TriggersController } from '../controllers/triggers.ts';
import { WordsController } from '../controllers/words.ts';
import { WritersController } from '../controllers/writers.ts';
import { WriteWatchesController } from '../controllers/write-watches.ts';
import { FrameStore } from '../data/frame-store.ts';
import { VmaSummary } from '../data/vma-summary.ts';
import { EngineLink } from '../engine/engine-link.ts';
import { FramePump } from '../engine/frame-pump.ts';
import { createSelectionStore, type SelectionStore } from '../stores/selection-store.ts';
import { createSessionStore, type SessionStore } from '../stores/session-store.ts';
import { createTimeStore, type TimeStore } from '../stores/time-store.ts';
import { createViewStore, type KeyValueStore, type ViewSettings } from '../stores/view-store.ts';
import { RafLoop } from '../ui/raf-loop.ts';

/** How often figures and sums are taken, in ms. */
const FIGURES_INTERVAL_MS = 250;

/** The window's parts below its views, put together once. It does nothing itself: views take the parts that they need. */
export class AppModel {
  readonly raf = new RafLoop();
  readonly frames = new FrameStore();
  readonly summary = new VmaSummary(
    this.frames,
    () => (this.howOften.hasColumns ? this.howOften.data : null),
    () => (this.pageWriters.hasColumn ? this.pageWriters.data : null),
  );
  readonly session: StoreApi<SessionStore> = createSessionStore();
  readonly selection: StoreApi<SelectionStore> = createSelectionStore();
  readonly time: StoreApi<TimeStore> = createTimeStore();
  readonly view: StoreApi<ViewSettings>;
  readonly attempt: Attempt = attemptIn(this.session);
  /** Absent if the page runs outside the shell. */
  readonly shell = typeof window === 'undefined' ? undefined : window.shell;
  readonly link: EngineLink;
  readonly pump: FramePump;
  readonly source: SourceController;
  readonly sync: SessionSync;
  readonly recent: RecentSources;
  readonly operations: Operations;
  readonly playback: PlaybackController;
  readonly recorder: Recorder;
  readonly timeline: Timeline;
  readonly compare: Compare;
  readonly lessons: Lessons;
  readonly inspection: PageInspection;
  readonly pageObjects: PageObjectsController;
  readonly namedRanges: NamedRangesController;
  readonly pageHistory: PageHistory;
  readonly howOften: HowOftenController;
  readonly steps: StepPlayerController;
  readonly stepComparison: StepComparisonController;
  readonly writeWatches: WriteWatchesController;
  readonly writers: WritersController;
  readonly words: WordsController;
  readonly pageWriters: PageWritersController;
  readonly methods: MethodsLab;
  readonly triggers: TriggersController;

  constructor(storage: KeyValueStore | null) {
    this.view = createViewStore(storage);
    this.recent = new RecentSources(storage);
    this.link = new EngineLink({
      connected: () => void this.source.connected(),
      host: (host) => {
        // A running engine can be used once its port has arrived.
        const useful = host.status === 'running' && !this.link.isConnected;
        this.session.setState({ host: useful ? { ...host, status: 'starting' } : host });
        if (host.status !== 'died') return;
        this.sync.died();
        for (const part of [this.writers, this.words, this.triggers, this.writeWatches]) part.engineDied();
      },
      frame: (buffer) => this.pump.receive(buffer),
      event: (event) => dispatchEvent(event, this),
      problem: (error) => this.session.setState({ problem: error.toData() }),
    });
    this.pump = new FramePump(this.frames, this.raf, this.link, this.session);
    this.operations = new Operations(this.link, this.selection);
    const { link, session, time, attempt } = this;
    this.playback = new PlaybackController({
      link,
      session,
      time,
      attempt,
      adopt: (state) => this.sync.adopt(state),
    });
    this.recorder = new Recorder(this);
    this.steps = new StepPlayerController(this);
    this.stepComparison = new StepComparisonController(this);
    this.timeline = new Timeline(this);
    this.compare = new Compare(this);
    this.pageHistory = new PageHistory(this);
    this.howOften = new HowOftenController(this);
    this.inspection = new PageInspection(link, session, this.selection, this.frames, this.raf);
    this.pageObjects = new PageObjectsController(this);
    this.namedRanges = new NamedRangesController(this);
    this.methods = new MethodsLab(link);
    this.triggers = new TriggersController(link);
    this.writers = new WritersController(this);
    this.words = new WordsController(this);
    this.pageWriters = new PageWritersController(this);
    followColouring(this.view, this.frames, {
      often: this.howOften.data,
      writers: this.pageWriters.data,
    });
    this.writeWatches = new WriteWatchesController({
      link,
      frames: this.frames,
      openSource: (source) => this.source.open(source),
    });
    this.lessons = new Lessons({
      ...{ link, session, attempt },
      open: (what) => this.source.open(what),
      close: () => this.source.close(),
      useHere: () => this.source.useHere(),
    });
    this.sync = new SessionSync(this);
    this.source = new SourceController(this);
  }

  /** Connects to the shell around `target` and starts taking figures. @returns a function that stops both */
  start(target: Window): () => void {
    const { link, source, attempt, lessons } = this;
    const timer = target.setInterval(() => this.takeFigures(), FIGURES_INTERVAL_MS);
    const ends = [
      link.attach(target),
      target.shell?.onOpen((words) => void source.openWords(words)),
      acceptDrops(target, {
        attempt,
        openRecording: (path) => source.open({ kind: 'recording', path }),
        openLesson: (path) => lessons.open({ kind: 'file', path }, null),
        openFolder: (path) => lessons.openFolder(path),
      }),
    ];
    return () => {
      for (const end of ends) end?.();
      target.clearInterval(timer);
    };
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
    this.howOften.refresh();
    this.pageWriters.refresh();
    this.summary.refresh();
  }
}
