import { InspectorError } from '#shared/contract/errors.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import * as errors from './errors.ts';
import { KeptEvents } from './kept-events.ts';
import type { OpenProcess } from './open-process.ts';
import { pollSteadily } from './polling.ts';
import { ChildNotices } from './process/child-notices.ts';
import { StopWatch } from './process/stop-watch.ts';

/** After this many polls it is checked whether the program is alive: every 50 ms. */
const LIFE_POLLS = 5;

/** What the life of a program depends on. */
export interface TrackedProgram {
  alive(): boolean;
  /** What is to be reported of pinned memory now; null: nothing. */
  pinnedNotice(): string | null;
  /** The program has ended, or is no longer tracked. */
  over(): void;
}

/** From attaching to the program's end or to closing: reports its children, what stops it, and how it ended, once. */
export class ProgramLife {
  readonly events = new KeptEvents();
  private readonly process: OpenProcess;
  private readonly program: TrackedProgram;
  private readonly children: ChildNotices;
  private readonly stops: StopWatch;
  private readonly stopPolling: () => void;
  private readonly closing = new AbortController();
  private state: 'open' | 'ended' | 'closed' = 'open';

  constructor(process: OpenProcess, program: TrackedProgram) {
    this.process = process;
    this.program = program;
    this.children = new ChildNotices(process.pid);
    this.stops = new StopWatch(process.pid);
    this.stopPolling = pollSteadily(() => this.poll(), LIFE_POLLS);
  }

  /** Whether the program, as last observed, runs and is tracked. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Aborted when it is closed. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /** What stopped the program, in words; null while it runs, or is held by the inspector. */
  get stopped(): string | null {
    return this.stops.stopped;
  }

  /** Throws InspectorError `no-source` after closing, and `program-ended` after the program's end. */
  requireOpen(): void {
    if (this.state === 'closed') throw new InspectorError('no-source', 'This source was closed.');
    if (this.state === 'ended') throw errors.programGone();
  }

  /** Checks now what is otherwise checked every 50 ms. */
  poll(): void {
    if (this.state !== 'open') return;
    if (!this.program.alive()) return this.end();
    // Kept until there is a listener.
    if (!this.events.hasListener) return;
    for (const { pid, message, children } of this.children.poll())
      this.notice(message, { process: { kind: 'child', pid }, children });
    const message = this.program.pinnedNotice();
    if (message !== null) this.notice(message);
    if (this.stops.poll()) this.events.emit({ type: 'changed' });
  }

  notice(message: string, about: Partial<SourceEvent & { type: 'notice' }> = {}): void {
    this.events.emit({ ...about, type: 'notice', message });
  }

  /** The program has ended: reported at the first call. */
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.stop();
    this.events.emit(this.process.endEvent());
  }

  /** Nothing is reported from now on. @returns false if it was closed already */
  close(): boolean {
    if (this.state === 'closed') return false;
    this.state = 'closed';
    this.closing.abort();
    this.stop();
    return true;
  }

  private stop(): void {
    this.stopPolling();
    this.program.over();
  }
}
