import { InspectorError } from '#shared/contract/errors.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { SourceDescription } from '#shared/source/description.ts';
import type {
  ClearRefs,
  ExecutionControl,
  HugePageTracking,
  MemoryContents,
  PageTables,
  ProgramObjects,
  RangeOperations,
  Sample,
  SampleRequest,
  Snapshots,
  SourceEvent,
  SourceProgress,
  SourceSettings,
  TrackingSource,
  WordWatching,
  WriterWatching,
} from '#shared/source/source.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import { KeptEvents } from '../../native/kept-events.ts';
import type { LaunchRequest } from './held-program.ts';
import { startProgram } from './launched-program.ts';
import type { Held, ProgramEnd, RunningProgram } from './running-program.ts';
import { UnseenChildren } from './unseen-children.ts';

/** Opens a source on process `pid`; `armed`: it is held at exec, prepared to be tracked from its first instruction on. */
export type Attach = (pid: number, armed: boolean) => Promise<TrackingSource>;

/** How long a program that prints when it is ready may take for that. */
const READY_WITHIN_MS = 5000;
/** How long a report of the launcher may take after its cause was noticed in another way. */
const REPORT_WITHIN_MS = 1000;
const POLL_MS = 2;

export interface Readiness {
  /** A program of our own: it ends with us. */
  readonly owned?: boolean;
  /** The program prints something once its memory is set up; it is attached to only then. */
  readonly printsWhenReady?: boolean;
  /** Shown instead of the process's own name: a program of our own. */
  readonly describedAs?: { readonly title: string; readonly detail: string };
}

/**
 * A program that we started, watched by the source that `attach` opens on it; adds its output and `kill`. If the
 * program is held, it begins after the first sample, is sampled again before it calls exec or ends, and is
 * followed into its new address space when it calls exec.
 */
export class LaunchedSource implements TrackingSource {
  private inner: TrackingSource;
  private readonly program: RunningProgram;
  private readonly events: KeptEvents;
  private readonly attach: Attach;
  private readonly onClosed: () => void;
  private readonly described: Readiness['describedAs'];
  private forget: () => void = () => undefined;
  /** The program waits for a sample. */
  private waits: boolean;
  private closed = false;
  private readonly children: UnseenChildren;

  private constructor(
    inner: TrackingSource,
    program: RunningProgram,
    events: KeptEvents,
    attach: Attach,
    onClosed: () => void,
    { describedAs }: Readiness,
    children: UnseenChildren,
  ) {
    this.children = children;
    this.program = program;
    this.events = events;
    this.attach = attach;
    this.onClosed = onClosed;
    this.described = describedAs;
    this.waits = program.armed;
    this.inner = inner;
    this.adopt(inner);
  }

  /** Starts the program and attaches to it; a program that cannot be watched is ended again. */
  static async open(
    request: LaunchRequest & Readiness,
    attach: Attach,
    closed: () => void = () => undefined,
  ): Promise<LaunchedSource> {
    const events = new KeptEvents();
    const held: Held[] = [];
    const children = new UnseenChildren();
    let source: LaunchedSource | null = null;
    const program = await startProgram(request, {
      output: (stream, text) => events.emit({ type: 'output', stream, text }),
      end: (how) => source?.programEnded(how),
      held: (what) => (source ? source.programHeld(what) : held.push(what)),
      child: (started) => children.started(started),
    });
    try {
      if (request.printsWhenReady) await events.first(READY_WITHIN_MS);
      source = new LaunchedSource(
        await attach(program.pid, program.armed),
        program,
        events,
        attach,
        closed,
        request,
        children,
      );
      for (const what of held) source.programHeld(what);
      if (program.ended) source.programEnded(program.ended);
      return source;
    } catch (cause) {
      // A program that ends at once is gone before its end was reported.
      for (
        const began = performance.now();
        performance.now() - began < POLL_MS * 25 && program.ended === null;
      )
        await pause();
      const { ended } = program;
      if (ended === null) program.kill();
      program.release();
      if (ended === null) throw cause;
      throw new InspectorError(
        'program-ended',
        `${request.command} was started, but ${ended.text} before it could be tracked. ${events.tail()}`.trim(),
        'Run it in a terminal to see why it ends.',
        { cause },
      );
    }
  }

  get operations(): RangeOperations | null {
    const { operations } = this.inner;
    if (operations === null) return null;
    const { getAndClear, noReusedRegions, clearsForOthers } = operations;
    return {
      ...{ getAndClear, noReusedRegions, clearsForOthers },
      operate: (request) => this.retried((source) => source.operations?.operate(request)),
    };
  }

  get wholeProcess(): ClearRefs | null {
    if (this.inner.wholeProcess === null) return null;
    return { clearRefs: () => this.retried((source) => source.wholeProcess?.clearRefs()) };
  }

  get pageTables(): PageTables | null {
    const { pageTables } = this.inner;
    if (pageTables === null) return null;
    return {
      walkKind: pageTables.walkKind,
      walk: (page) => this.retried((source) => source.pageTables?.walk(page)),
    };
  }

  get memory(): MemoryContents | null {
    if (this.inner.memory === null) return null;
    return { bytes: (page, pages) => this.retried((source) => source.memory?.bytes(page, pages)) };
  }

  get programObjects(): ProgramObjects | null {
    return this.inner.programObjects;
  }

  readonly stepping = null;
  readonly rerun = null;

  /** The writers of the current address space: exec ends it. */
  get writers(): WriterWatching | null {
    return this.inner.writers;
  }

  get words(): WordWatching | null {
    return this.inner.words;
  }

  get snapshots(): Snapshots | null {
    if (this.inner.snapshots === null) return null;
    return {
      snapshot: async (start, pages) => {
        await this.releaseProgram();
        return this.retried((source) => source.snapshots?.snapshot(start, pages));
      },
    };
  }

  /** A program of our own can always be killed. */
  get execution(): ExecutionControl {
    const actions = this.inner.execution?.actions ?? [];
    return { actions: [...actions, 'kill'], control: (action) => this.control(action) };
  }

  get settings(): SourceSettings | null {
    return this.inner.settings;
  }

  get hugePages(): HugePageTracking | null {
    const { hugePages } = this.inner;
    if (hugePages === null) return null;
    return {
      expectHuge: (tiles) => hugePages.expectHuge(tiles),
      detach: () => this.finish(async (source) => (await source.hugePages?.detach()) ?? null),
    };
  }

  get description(): SourceDescription {
    const description = { ...this.inner.description, launched: true };
    if (!this.described) return description;
    const { title, detail } = this.described;
    return { ...description, title, detail: `${this.program.pid} · ${detail}` };
  }

  async sample(request: SampleRequest): Promise<Sample> {
    const sample = await this.retried((source) => {
      request.tiles.clear();
      return source.sample(request);
    });
    if (this.waits) {
      this.waits = false;
      this.program.go();
    }
    return sample;
  }

  progress(): SourceProgress {
    return this.inner.progress();
  }

  cost(): TrackingCost | null {
    return this.inner.cost();
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    return this.events.listen(listener);
  }

  close(): Promise<void> {
    return this.finish((source) => source.close());
  }

  /** Nothing of ours is in a program that is held when it is resumed. */
  private async finish<T>(last: (source: TrackingSource) => Promise<T>): Promise<T> {
    this.closed = true;
    this.forget();
    try {
      return await last(this.inner);
    } finally {
      this.program.release();
      this.onClosed();
    }
  }

  private async control(action: ControlAction): Promise<void> {
    if (action === 'kill') return this.program.kill();
    // Only one process may trace its threads.
    await this.releaseProgram();
    await this.retried((source) => source.execution?.control(action));
  }

  private async releaseProgram(): Promise<void> {
    if (this.waits) this.program.go();
    this.waits = false;
    await this.program.untraced();
  }

  /** Runs `action`, again if the program called exec meanwhile and is followed. */
  private async retried<T>(action: (source: TrackingSource) => Promise<T> | undefined): Promise<T> {
    for (;;) {
      const { inner } = this;
      try {
        const result = action(inner);
        if (!result) throw new InspectorError('unsupported', 'This source cannot do that.');
        return await result;
      } catch (cause) {
        const error = InspectorError.from(cause);
        if (error.kind !== 'program-ended' || this.closed) throw cause;
        await this.reported(() => this.inner !== inner);
        if (this.inner === inner) throw this.program.ended ? endedBy(this.program.ended) : cause;
      }
    }
  }

  /** Waits until `condition` holds or the program's end is known. */
  private async reported(condition: () => boolean): Promise<void> {
    const began = performance.now();
    while (!condition() && this.program.ended === null && performance.now() - began < REPORT_WITHIN_MS)
      await pause();
  }

  private programHeld(what: Held): void {
    if (this.closed) return this.program.go();
    if (what.kind === 'exec') {
      void this.follow(what.errno === 0);
    } else {
      this.waits = true;
      if (what.kind === 'exiting') this.reportChildren();
      this.events.emit({ type: 'last-sample' });
    }
  }

  private programEnded({ text }: ProgramEnd): void {
    this.waits = false;
    this.reportChildren();
    this.events.emit({ type: 'ended', reason: 'exit', message: `The program has ended: ${text}.` });
  }

  private reportChildren(): void {
    const notice = this.children.notice(this.program.pid);
    if (notice !== null) this.events.emit(notice);
  }

  /** Into the address space that exec made; `armed`: the program is held there. */
  private async follow(armed: boolean): Promise<void> {
    const { program, inner } = this;
    const began = performance.now();
    if (!armed) await this.releaseProgram();
    try {
      const next = await this.reattach(armed);
      this.adopt(next);
      await inner.close();
      const { pid } = program;
      const { title: name } = this.description;
      const from = armed
        ? 'from its first instruction on'
        : `what it wrote in the ${Math.ceil(performance.now() - began + POLL_MS * 5)} ms before that is missing`;
      const message = `Process ${pid} called exec: it runs ${name} now, and its new memory is tracked, ${from}.`;
      this.events.emit({ type: 'notice', message, process: { kind: 'exec', pid } });
      this.events.emit({ type: 'changed' });
      // It is resumed after the first sample of its new memory.
      this.waits = armed;
      if (armed) this.events.emit({ type: 'last-sample' });
    } catch (cause) {
      if (armed) program.go();
      await this.reported(() => false);
      if (program.ended !== null || this.closed) return;
      const { message } = InspectorError.from(cause);
      this.events.emit({ type: 'ended', reason: 'exec', message: `The process called exec. ${message}` });
    }
  }

  private async reattach(armed: boolean): Promise<TrackingSource> {
    for (const began = performance.now(); ; await pause()) {
      try {
        return await this.attach(this.program.pid, armed);
      } catch (cause) {
        if (armed || this.program.ended !== null || performance.now() - began > REPORT_WITHIN_MS) throw cause;
      }
    }
  }

  private adopt(inner: TrackingSource): void {
    this.forget();
    this.inner = inner;
    this.forget = inner.onEvent((event) => {
      if (event.type === 'notice' && !this.children.noticed(event)) return;
      if (event.type !== 'ended') this.events.emit(event);
      else void this.innerEnded(inner, event);
    });
  }

  /** The launcher knows more: how the program ended, or that it is held in its new address space. */
  private async innerEnded(inner: TrackingSource, event: SourceEvent & { type: 'ended' }): Promise<void> {
    const { program } = this;
    if (event.reason === 'exec' && !program.traced) return this.follow(false);
    await this.reported(() => this.inner !== inner);
    if (this.inner !== inner || program.ended !== null || this.closed) return;
    if (event.reason === 'exec') await this.follow(false);
    else this.events.emit(event);
  }
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, POLL_MS));

const endedBy = ({ text }: ProgramEnd) =>
  new InspectorError(
    'program-ended',
    `The program has ended: ${text}.`,
    'Start the program and attach to it.',
  );
