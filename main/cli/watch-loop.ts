import { TaskQueue } from '#shared/task-queue.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { ControlRequest } from '../session/control/control-messages.ts';
import { offerControl } from '../session/control/control-server.ts';
import { nextDue } from '../session/ticker.ts';
import type { AttachAttempt } from './attach-attempt.ts';
import type { Output } from './command.ts';
import { Exceptions } from './exceptions.ts';
import type { PhaseBoundaries } from './phase-boundaries.ts';
import { restoreHugePages } from './restore-huge.ts';
import { printable } from './terminal-text.ts';
import { UntrackedWarnings } from './untracked-warnings.ts';
import { CountsReport } from './watch-counts.ts';
import type { Ending, EndReason } from './watch-ending.ts';
import { WatchExtras } from './watch-extras.ts';
import type { WatchOptions } from './watch-options.ts';
import type { WatchedProcess } from './watch-process.ts';
import type { BackendChange, WatchView } from './watch-view.ts';

/** A watch of an attached process: samples it until something ends that, then detaches and reports the end. */
export class WatchLoop {
  private readonly watched: WatchedProcess;
  private readonly view: WatchView;
  private readonly options: WatchOptions;
  private readonly ending: Ending;
  private readonly output: Output;
  private readonly tiles = new TileSet();
  private readonly mappings: Exceptions;
  private readonly untracked: UntrackedWarnings;
  private readonly counts: CountsReport | null;
  private readonly extras: WatchExtras;
  /** Samples, and the marks and phases that are requested concurrently with them. */
  private readonly calls = new TaskQueue();
  private began = NaN;
  private attached = false;
  private changed: BackendChange | null = null;

  constructor(
    watched: WatchedProcess,
    view: WatchView,
    options: WatchOptions,
    ending: Ending,
    output: Output,
  ) {
    this.watched = watched;
    this.view = view;
    this.options = options;
    this.ending = ending;
    this.output = output;
    this.mappings = new Exceptions(options.range);
    this.untracked = new UntrackedWarnings(options.range);
    this.counts = options.counts === null ? null : new CountsReport(options.counts);
    this.extras = new WatchExtras(watched, view, () => this.time());
    this.listen();
  }

  /** Rejects if the process cannot be sampled for another reason than its end; it is detached in any case. */
  async run(attempt: AttachAttempt, boundaries: PhaseBoundaries): Promise<void> {
    let endControl: () => void = () => undefined;
    let reason: EndReason | null = null;
    try {
      await this.begin(attempt);
      const control = (request: ControlRequest) =>
        this.calls.run(() => this.extras.perform(request, () => this.sample()));
      endControl = offerControl(control);
      boundaries.begin((note) => control({ command: 'phase', note }));
      await this.sampleToTheEnd();
      reason = this.ending.reason;
    } finally {
      endControl();
      await this.detach(reason);
    }
  }

  /** Milliseconds since the process was attached to. */
  private time(): number {
    return performance.now() - this.began;
  }

  private listen(): void {
    const { view, ending } = this;
    this.watched.source.onEvent((event) => {
      if (event.type === 'notice') this.message(printable(event.message));
      if (event.type === 'backend') {
        this.message(printable(event.reason));
        this.changed = event;
        if (this.attached) view.backendChanged(event);
      }
      if (event.type === 'ended') ending.end(event.reason === 'exec' ? 'exec' : 'exit');
    });
  }

  private message(text: string): void {
    this.view.message(`soft-dirty watch: ${text}\n`);
  }

  private async begin(attempt: AttachAttempt): Promise<void> {
    const { watched, view, options } = this;
    const { source } = watched;
    await attempt.step(() => watched.readVmas());
    for (const text of this.untracked.update(watched.vmas)) this.output.error(`soft-dirty watch: ${text}\n`);
    // Discards what was written before the attach is reported.
    await attempt.step(() => watched.take(this.tiles));
    this.began = performance.now();
    const { pid, hz } = options;
    const { exact: atomic, backend } = watched;
    const cost = () => source.cost();
    const exceptions = this.mappings.update(watched.vmas);
    await view.attached({ pid, title: source.description.title, backend, atomic, exceptions, hz, cost });
    this.attached = true;
    this.extras.add(options.triggers);
    if (watched.backend !== backend && this.changed !== null) view.backendChanged(this.changed);
  }

  private async sample(): Promise<void> {
    const { watched, view, tiles } = this;
    tiles.clear();
    await watched.take(tiles);
    for (const mapping of this.mappings.update(watched.vmas)) view.mappingChanged(mapping);
    for (const text of this.untracked.update(watched.vmas)) this.message(text);
    this.counts?.add(tiles);
    view.sample(tiles, this.time());
    await this.extras.sampled(tiles);
  }

  private async sampleToTheEnd(): Promise<void> {
    const { ending } = this;
    try {
      await this.repeat();
      if (!ending.programGone) await this.calls.run(() => this.sample());
    } catch (cause) {
      if (!ending.programGone) throw cause;
    }
  }

  /** Samples at a steady rate until the watch ends; samples that become due meanwhile are left out. */
  private async repeat(): Promise<void> {
    const { ending } = this;
    const { hz, duration } = this.options;
    const period = 1000 / hz;
    const until = duration ?? Infinity;
    for (let due = period; ;) {
      await ending.wait(Math.max(0, Math.min(due, until) - this.time()));
      if (this.time() >= until) ending.end('duration');
      if (ending.reason !== null) return;
      if (this.time() < due) continue;
      await this.calls.run(() => this.sample());
      due = nextDue(due, period, this.time());
    }
  }

  private async detach(reason: EndReason | null): Promise<void> {
    const { watched, view, options } = this;
    const { source } = watched;
    this.extras.close();
    const restoration = options.restoreHuge ? await source.detach() : null;
    await source.close();
    if (this.counts !== null) view.counts(this.counts, watched.vmas);
    if (!Number.isNaN(this.began)) await view.detached(reason, this.time());
    await restoreHugePages(restoration, 'watch', this.ending, this.output);
  }
}
