import { InspectorError } from '#shared/contract/errors.ts';
import type { WritersState, WritersWatch } from '#shared/contract/writers.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { TrackingSource, WriterWatching } from '#shared/source/source.ts';
import { IntervalBuilder } from '../../recording/writers/interval-builder.ts';
import type { SessionHistory } from '../history/session-history.ts';
import type { SessionOutput } from '../session-output.ts';
import { Throttle } from '../throttle.ts';

/** Shortest time between two `writers.state` events. */
const STATE_PERIOD_MS = 250;

/** Which code writes to a range of pages of a live program: what each sample finds goes to the session's history. */
export class LiveWriters {
  private readonly source: TrackingSource;
  private readonly history: SessionHistory;
  private readonly output: SessionOutput;
  private readonly throttle = new Throttle(STATE_PERIOD_MS);
  /** The writers of the watched address space; null if none is watched. */
  private active: WriterWatching | null = null;
  private watched: WritersState['watched'] = null;
  private ended: string | null = null;
  private limitation: string | null = null;
  private late: NodeJS.Timeout | undefined;
  private writes = 0;
  private lost = 0;
  private found = new IntervalBuilder();

  constructor(source: TrackingSource, history: SessionHistory, output: SessionOutput) {
    this.source = source;
    this.history = history;
    this.output = output;
  }

  /** Watches a range instead of what was watched. Throws InspectorError if that is not possible. */
  watch(request: WritersWatch): WritersState {
    const { writers } = this.source;
    if (writers === null)
      throw new InspectorError(
        'unsupported',
        `The writers of this program cannot be found: it is tracked by ${this.source.description.backend}.`,
        'Attach to a process with userfaultfd write-protection (Linux 6.7 or newer).',
      );
    this.stop();
    writers.watch(request, (writes) => {
      this.writes += writes.length;
      for (const write of writes) this.found.add(write);
    });
    this.active = writers;
    this.watched = { ...request.range, stacks: request.stacks };
    this.ended = null;
    this.limitation = writers.limitation;
    this.writes = this.lost = 0;
    this.found = new IntervalBuilder();
    return this.changed(true);
  }

  stop(): WritersState {
    if (this.active === null) return this.state();
    this.active.stop();
    this.active = this.watched = null;
    return this.changed(true);
  }

  /** Watching ended by itself, for `reason`. */
  end(reason: string): void {
    if (this.active === null) return;
    this.ended = reason;
    this.stop();
  }

  /** Stops watching; nothing more is reported. */
  close(): void {
    clearTimeout(this.late);
    this.active = this.watched = null;
  }

  state(): WritersState {
    const { watched, writes, ended, limitation } = this;
    return { watched, writes, ended, limitation };
  }

  /** A sample became this frame: what it found is of its time. */
  frame({ time }: Frame): void {
    // A program that called exec, or is tracked otherwise now.
    if (this.source.writers !== this.active)
      this.end('The process called exec, or its tracking method changed: watch again.');
    const lost = this.active?.lost ?? this.lost;
    const interval = this.found.build(Math.round(time * 1e6), lost - this.lost);
    if (interval === null) return;
    this.lost = lost;
    this.found = new IntervalBuilder();
    this.history.writers(interval);
    this.changed(false);
  }

  private changed(force: boolean): WritersState {
    const state = this.state();
    if (this.throttle.take(force)) {
      clearTimeout(this.late);
      this.late = undefined;
      this.output.event('writers.state', state);
    } else {
      // The last ones are reported too if no sample follows.
      this.late ??= setTimeout(() => this.changed(true), STATE_PERIOD_MS).unref();
    }
    return state;
  }
}
