import { InspectorError } from '#shared/contract/errors.ts';
import type { StepComparison } from '#shared/contract/step-comparison.ts';
import type { StepsMove, StepsState } from '#shared/contract/steps.ts';
import { formatPage } from '#shared/memory/page.ts';
import type { SourceDescription } from '#shared/source/description.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk, WrittenChain } from '#shared/source/page-walk.ts';
import type {
  ClearRefs,
  PageTables,
  RangeOperations,
  Sample,
  SampleRequest,
  SourceProgress,
  Stepping,
  TrackingSource,
} from '#shared/source/source.ts';
import { SimulatedProcess } from '../process.ts';
import { type ActionLog, operateAction } from '../source/action-log.ts';
import { MemoryReader } from '../source/memory-reader.ts';
import { operate } from '../source/operations.ts';
import { walkPage } from '../source/walk.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import type { SteppedProgram } from './program.ts';
import { KeptPosition } from './kept-position.ts';
import { StepPlayer } from './step-player.ts';
import { sharedPage } from './shared-page.ts';
import { writtenChain } from './why.ts';

/**
 * A program in the hands of a step player, as a source: samples show the process that runs at the player's position. Time
 * does not pass for it, and samples clear nothing.
 */
export class SteppedSource implements TrackingSource, RangeOperations, ClearRefs, PageTables, Stepping {
  readonly description: SourceDescription;
  readonly operations = this;
  readonly wholeProcess = this;
  readonly pageTables = this;
  readonly stepping = this;
  readonly memory = null;
  readonly programObjects = null;
  readonly snapshots = null;
  readonly writers = null;
  readonly words = null;
  readonly hugePages = null;
  readonly execution = null;
  readonly settings = null;
  readonly getAndClear = 'atomic';
  readonly noReusedRegions = true;
  readonly clearsForOthers = undefined;
  readonly walkKind = 'entries';
  readonly player: StepPlayer;
  readonly rerun: ActionLog | null;
  private readonly kept: KeptPosition;
  private readonly readers = new WeakMap<MmStruct, MemoryReader>();
  private chain: { readonly key: string; readonly value: WrittenChain } | null = null;
  private closed = false;

  /** @param detail one line: file, workload and seed */
  constructor(program: SteppedProgram, detail: string, log: ActionLog | null = null) {
    this.rerun = log;
    this.player = new StepPlayer(program);
    this.kept = new KeptPosition(this.player, (page) => this.walkHere(page));
    this.description = {
      kind: 'simulated',
      title: program.title,
      detail,
      pid: null,
      backend: 'simulated Linux memory management, step by step',
      launched: false,
    };
  }

  async sample({ tiles, state }: SampleRequest): Promise<Sample> {
    this.assertOpen();
    const began = performance.now();
    const vmas = this.reader().read(tiles, state);
    return { vmas, scanNs: Math.round((performance.now() - began) * 1e6) };
  }

  /** Runs beside the program, after the current call; the player is then after it. */
  async operate(request: OperationRequest): Promise<OperationResult> {
    this.assertOpen();
    this.rerun?.add(operateAction(request));
    const { op, start, len } = request;
    const text = `${op} start=0x${start.toString(16)} len=${len}`;
    const result = this.player.insert(
      op,
      text,
      (mm) => operate(mm, request),
      (outcome) => (outcome.ok ? String(outcome.ret) : outcome.errno),
    );
    this.player.move({ to: 'next-call' });
    return result;
  }

  async clearRefs(): Promise<void> {
    this.assertOpen();
    this.rerun?.add('clear_refs');
    this.player.insert('clear_refs', 'clear_refs 4', (mm) => SimulatedProcess.of(mm).clearRefs(4), String);
    this.player.move({ to: 'next-call' });
  }

  async walk(page: number): Promise<PageWalk> {
    this.assertOpen();
    this.checkPage(page);
    return this.walkHere(page);
  }

  private walkHere(page: number): PageWalk {
    const alive = this.player.program.machine.mms.filter((mm) => mm.alive);
    return {
      ...walkPage(this.player.mm, page),
      events: null,
      chain: this.chainOf(page),
      ...(alive.length > 1 && { sharing: alive.map((mm) => sharedPage(mm, page)) }),
    };
  }

  state(): StepsState {
    return { ...this.player.state(), kept: this.kept.position };
  }

  keep(keep: boolean): void {
    this.assertOpen();
    if (keep) this.kept.keep();
    else this.kept.forget();
  }

  compare(page: number | null): StepComparison {
    this.assertOpen();
    if (page !== null) this.checkPage(page);
    return this.kept.compare(page);
  }

  move(move: StepsMove): boolean {
    this.assertOpen();
    this.rerun?.add({ move });
    return this.player.move(move);
  }

  list(from: number, count: number): ReturnType<Stepping['list']> {
    return this.player.list(from, count);
  }

  /** The player is then before its first sub-step. */
  access(page: number, write: boolean): void {
    this.assertOpen();
    this.checkPage(page);
    this.rerun?.add({ access: { page, write } });
    const op = write ? 'write' : 'read';
    this.player.insert(
      op,
      `${op} ${formatPage(page)}`,
      (mm) => (write ? SimulatedProcess.of(mm).write(page) : SimulatedProcess.of(mm).read(page)),
      (ended) => ended?.signal ?? '0',
    );
  }

  progress(): SourceProgress {
    return { running: null, step: null };
  }

  cost(): null {
    return null;
  }

  onEvent(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.player.close();
  }

  /** Windows ask after every frame: the answer is kept until something moves. */
  private chainOf(page: number): WrittenChain {
    const { position, known } = this.player;
    const key = `${page} ${position} ${known}`;
    if (this.chain?.key !== key) this.chain = { key, value: writtenChain(this.player, page) };
    return this.chain.value;
  }

  private reader(): MemoryReader {
    const { mm, program } = this.player;
    let reader = this.readers.get(mm);
    // Where it goes back, a huge page that is not there yet was not split.
    if (reader === undefined) this.readers.set(mm, (reader = new MemoryReader(mm, program.regions, false)));
    return reader;
  }

  private checkPage(page: number): void {
    if (page < this.player.program.machine.memory.taskPages) return;
    throw new InspectorError('bad-request', 'The page is beyond the user address space.');
  }

  private assertOpen(): void {
    if (this.closed) throw new InspectorError('no-source', 'The simulated program was closed.');
  }
}
