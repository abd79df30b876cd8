import { InspectorError } from '#shared/contract/errors.ts';
import type { Capabilities, ControlAction } from '#shared/source/capabilities.ts';
import type { Parameter, ParameterValue } from '#shared/contract/parameter.ts';
import type { HugeRestoration } from '#shared/source/huge-restoration.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { Snapshot } from '#shared/source/snapshot.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type {
  Sample,
  SampleRequest,
  SourceDescription,
  SourceEvent,
  SourceProgress,
  TrackingSource,
} from '#shared/source/source.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import { LaunchedProgram, type LaunchRequest } from './launched-program.ts';

type Attach = (pid: number) => Promise<TrackingSource>;

/** How long is waited for a program that says when it is ready, in milliseconds. */
const READY_WITHIN = 5000;

export interface Readiness {
  /** The program prints something once its memory is set up; it is attached to only then. */
  readonly saysWhenReady?: boolean;
  /** What it is called instead of what its process says: a program of our own. */
  readonly describedAs?: { readonly title: string; readonly detail: string };
}

/** A program that we started, watched by the source that `attach` opens on it; adds its output and `kill`. */
export class LaunchedSource implements TrackingSource {
  readonly clearRefs?: () => Promise<void>;
  readonly walk?: (page: number) => Promise<PageWalk>;
  readonly bytes?: (page: number, pages: number) => Promise<Uint8Array>;
  readonly snapshot?: (start: number, pages: number) => Promise<Snapshot>;
  readonly settings?: readonly Parameter[];
  readonly values?: () => Readonly<Record<string, ParameterValue>>;
  readonly set?: (name: string, value: ParameterValue) => Promise<void>;
  readonly progress?: () => SourceProgress;
  readonly cost?: () => TrackingCost;
  readonly detach?: () => Promise<HugeRestoration | null>;
  private readonly inner: TrackingSource;
  private readonly program: LaunchedProgram;
  private readonly output: Output;
  private readonly describedAs: Readiness['describedAs'];

  private constructor(
    inner: TrackingSource,
    program: LaunchedProgram,
    output: Output,
    { describedAs }: Readiness,
  ) {
    this.inner = inner;
    this.program = program;
    this.output = output;
    this.describedAs = describedAs;
    // What the inner source cannot do stays absent here.
    if (inner.clearRefs) this.clearRefs = inner.clearRefs.bind(inner);
    if (inner.walk) this.walk = inner.walk.bind(inner);
    if (inner.bytes) this.bytes = inner.bytes.bind(inner);
    if (inner.snapshot) this.snapshot = inner.snapshot.bind(inner);
    if (inner.settings) this.settings = inner.settings;
    if (inner.values) this.values = inner.values.bind(inner);
    if (inner.set) this.set = inner.set.bind(inner);
    if (inner.progress) this.progress = inner.progress.bind(inner);
    if (inner.cost) this.cost = inner.cost.bind(inner);
    if (inner.detach) {
      const detach = inner.detach.bind(inner);
      this.detach = () => {
        this.program.release();
        return detach();
      };
    }
  }

  /** Starts the program and attaches to it; a program that cannot be watched is ended again. */
  static async open(request: LaunchRequest & Readiness, attach: Attach): Promise<LaunchedSource> {
    const output = new Output();
    const program = await LaunchedProgram.start(
      request,
      (stream, text) => output.emit({ type: 'output', stream, text }),
      (how) => output.emit({ type: 'ended', reason: 'exit', message: `The program is gone: ${how}.` }),
    );
    try {
      if (request.saysWhenReady) await output.first(READY_WITHIN);
      return new LaunchedSource(await attach(program.pid), program, output, request);
    } catch (cause) {
      program.release();
      if (program.ended === null) {
        program.kill();
        throw cause;
      }
      throw new InspectorError(
        'program-ended',
        `${request.command} was started, but ${program.ended} before it could be watched. ${output.tail()}`.trim(),
        'Run it in a terminal to see why it ends.',
        { cause },
      );
    }
  }

  get description(): SourceDescription {
    const { inner, program, describedAs } = this;
    const own = describedAs && { ...describedAs, detail: `${program.pid} · ${describedAs.detail}` };
    return { ...inner.description, launched: true, ...own };
  }

  get capabilities(): Capabilities {
    const { capabilities } = this.inner;
    return { ...capabilities, control: [...new Set([...capabilities.control, 'kill' as const])] };
  }

  sample(request: SampleRequest): Promise<Sample> {
    return this.inner.sample(request);
  }

  operate(request: OperationRequest): Promise<OperationResult> {
    return this.inner.operate(request);
  }

  async control(action: ControlAction): Promise<void> {
    if (action === 'kill') return this.program.kill();
    if (!this.inner.control)
      throw new InspectorError('unsupported', `This source has no control "${action}".`);
    await this.inner.control(action);
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    const removes = [this.inner.onEvent(listener), this.output.listen(listener)];
    return () => removes.forEach((remove) => remove());
  }

  async close(): Promise<void> {
    this.program.release();
    await this.inner.close();
  }
}

/** Most characters of output kept for whoever comes late. */
const KEPT = 64 * 1024;

/** Keeps what the program says until somebody listens. */
class Output {
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  private kept: SourceEvent[] = [];
  private characters = 0;
  private heard: () => void = () => undefined;

  /** Resolves at the first event, or after `patience` milliseconds. */
  first(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.heard = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.kept.length > 0) this.heard();
    });
  }

  emit(event: SourceEvent): void {
    this.heard();
    if (this.listeners.size > 0) {
      for (const listener of this.listeners) listener(event);
      return;
    }
    if (event.type === 'output') this.characters += event.text.length;
    if (this.characters <= KEPT || event.type !== 'output') this.kept.push(event);
  }

  listen(listener: (event: SourceEvent) => void): () => void {
    this.listeners.add(listener);
    const { kept } = this;
    this.kept = [];
    for (const event of kept) listener(event);
    return () => this.listeners.delete(listener);
  }

  /** The last line that was kept. */
  tail(): string {
    const text = this.kept.map((event) => (event.type === 'output' ? event.text : '')).join('');
    return text.trimEnd().split('\n').at(-1) ?? '';
  }
}
