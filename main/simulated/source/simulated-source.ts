import { InspectorError } from '#shared/contract/errors.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { SourceDescription } from '#shared/source/description.ts';
import type {
  ClearRefs,
  ExecutionControl,
  PageTables,
  RangeOperations,
  Sample,
  SampleRequest,
  SourceEvent,
  SourceProgress,
  SourceSettings,
  TrackingSource,
} from '#shared/source/source.ts';
import type { Program } from '../workloads/program.ts';
import type { Settings } from '../workloads/settings.ts';
import type { Workload } from '../workloads/workload.ts';
import { type ActionLog, operateAction } from './action-log.ts';
import { MemoryReader } from './memory-reader.ts';
import { LIVE_PARAMETERS } from './parameters.ts';
import { PageEvents } from './page-events.ts';
import { SimulatedRun } from './simulated-run.ts';

/** Share of the elapsed time that the steps of a sample may take; steps that do not fit are dropped. */
const STEP_SHARE = 0.5;
const MIN_STEP_BUDGET_MS = 10;
const MAX_STEP_BUDGET_MS = 500;

/**
 * A workload on a simulated machine. It runs in steps, and only inside `sample` and `control`: each sample's `elapsed`
 * decides how many are taken; what a step does depends on seed and step number alone.
 */
export class SimulatedSource
  implements TrackingSource, RangeOperations, ClearRefs, PageTables, ExecutionControl, SourceSettings
{
  readonly description: SourceDescription;
  readonly operations = this;
  readonly wholeProcess = this;
  readonly pageTables = this;
  readonly execution = this;
  readonly settings = this;
  /** The model has pages, entries and flags, but no contents. */
  readonly memory = null;
  readonly snapshots = null;
  readonly programObjects = null;
  readonly stepping = null;
  /** Simulated programs consist of steps, not of code. */
  readonly writers = null;
  readonly words = null;
  readonly hugePages = null;
  readonly getAndClear = 'atomic';
  readonly noReusedRegions = true;
  readonly clearsForOthers = undefined;
  readonly walkKind = 'entries';
  readonly actions = ['pause', 'continue', 'step'] as const;
  readonly parameters = LIVE_PARAMETERS;
  readonly rerun: ActionLog | null;
  private readonly run: SimulatedRun;
  private readonly memoryReader: MemoryReader;
  private readonly pageEvents: PageEvents;
  /** In milliseconds; measures the time that the steps of a sample take. */
  private readonly clock: () => number;
  private readonly listeners = new Set<(event: SourceEvent) => void>();
  private running = true;
  private steps = 0;
  /** Steps that are due and not taken yet, with a fraction. */
  private due = 0;
  /** Why it ended: closed, or the program ended; null while it is open. */
  private ended: InspectorError | null = null;

  constructor(
    program: Program,
    workload: Workload,
    machine: Settings,
    { title, detail, log = null }: { title: string; detail: string; log?: ActionLog | null },
    clock: () => number = () => performance.now(),
  ) {
    this.clock = clock;
    this.run = new SimulatedRun(program, workload, machine);
    this.rerun = log;
    this.memoryReader = new MemoryReader(program.process.mm, program.regions);
    this.pageEvents = new PageEvents(program.process.mm, program.machine.events);
    this.description = {
      kind: 'simulated',
      title,
      detail,
      pid: null,
      backend: 'simulated Linux memory management',
      launched: false,
    };
  }

  async sample({ mode, tiles, state, elapsed }: SampleRequest): Promise<Sample> {
    this.assertOpen();
    if (this.running && elapsed) this.runFor(elapsed);
    const began = performance.now();
    this.pageEvents.sampled();
    const vmas = this.memoryReader.read(tiles, state);
    if (mode === 'interval') {
      this.run.clear();
      this.rerun?.add('clear');
    }
    return { vmas, scanNs: Math.round((performance.now() - began) * 1e6) };
  }

  async operate(request: OperationRequest): Promise<OperationResult> {
    this.assertOpen();
    this.rerun?.add(operateAction(request));
    return this.run.operate(request);
  }

  async clearRefs(): Promise<void> {
    this.assertOpen();
    this.rerun?.add('clear_refs');
    this.run.clearRefs();
  }

  async walk(page: number): Promise<PageWalk> {
    this.assertOpen();
    return { ...this.run.walk(page), events: this.pageEvents.of(page) };
  }

  async control(action: ControlAction): Promise<void> {
    this.assertOpen();
    switch (action) {
      case 'pause':
        this.running = false;
        return;
      case 'continue':
        this.running = true;
        return;
      case 'step':
        this.step();
        return;
      case 'kill':
        throw new InspectorError('unsupported', 'Simulated programs cannot be killed.', 'Close it instead.');
    }
  }

  values(): Readonly<Record<string, ParameterValue>> {
    const names = LIVE_PARAMETERS.map(({ name }) => name);
    return Object.fromEntries(names.map((name) => [name, this.run.settings.values[name]]));
  }

  async set(name: string, value: ParameterValue): Promise<void> {
    this.assertOpen();
    this.run.set(name, value);
    this.rerun?.add({ set: [name, value] });
  }

  progress(): SourceProgress {
    return { running: this.running, step: this.steps };
  }

  cost(): null {
    return null;
  }

  onEvent(listener: (event: SourceEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.ended ??= new InspectorError('no-source', 'The simulated program was closed.');
    this.listeners.clear();
    this.pageEvents.close();
  }

  private assertOpen(): void {
    if (this.ended !== null) throw this.ended;
  }

  private runFor(elapsed: number): void {
    this.due += (elapsed / 1000) * this.run.settings.number('speed');
    const budget = Math.max(MIN_STEP_BUDGET_MS, Math.min(elapsed * STEP_SHARE, MAX_STEP_BUDGET_MS));
    const deadline = this.clock() + budget;
    while (this.due >= 1) {
      if (this.clock() > deadline) {
        this.due = 0;
        return;
      }
      this.due--;
      this.step();
    }
  }

  private step(): void {
    try {
      this.rerun?.add('step');
      this.run.step();
      this.steps++;
    } catch (cause) {
      this.ended = InspectorError.from(cause);
      for (const listener of this.listeners) {
        listener({ type: 'ended', reason: 'exit', message: this.ended.message });
      }
      throw this.ended;
    }
  }
}
