import { openSourceSchema } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { RerunAction } from '#shared/source/rerun.ts';
import type { OperationRequest } from '#shared/source/operation.ts';
import { startWorkload } from '../source/open.ts';
import { SimulatedRun } from '../source/simulated-run.ts';
import { openScenario, openSteppedWorkload } from '../stepping/open.ts';
import type { SteppedSource } from '../stepping/stepped-source.ts';
import { PageChain } from './page-chain.ts';

/** A simulated program that runs again, one action after another. */
export interface Rerun {
  /** Whether the walk of this page has its whole chain of causes. */
  knows(page: number): boolean;
  apply(action: RerunAction): Promise<void>;
  walk(page: number): Promise<PageWalk>;
}

/**
 * The program in the state in which it was opened.
 * @param program text of the request that opened it; it may come from a file
 * @param page whose chain of causes is gathered
 * @throws InspectorError `damaged-file` if the text is not such a request
 */
export async function beginRerun(program: string, page: number): Promise<Rerun> {
  const request = parseProgram(program);
  if (request.kind === 'scenario') return new SteppedRerun(await openScenario(request));
  if (request.stepped === true) return new SteppedRerun(await openSteppedWorkload(request));
  const { program: workloadProgram, start, settings } = startWorkload(request);
  const chain = new PageChain(workloadProgram.machine, page);
  return new WorkloadRerun(new SimulatedRun(workloadProgram, start(), settings), chain);
}

function parseProgram(text: string) {
  try {
    const request = openSourceSchema.parse(JSON.parse(text));
    if (request.kind === 'scenario' || request.kind === 'simulated') return request;
  } catch {
    // Reported below.
  }
  throw new InspectorError('damaged-file', 'The recording has no program that can run again.');
}

/** A workload that runs by itself. */
class WorkloadRerun implements Rerun {
  private readonly run: SimulatedRun;
  private readonly chain: PageChain;
  private steps = 0;
  private ended = false;

  constructor(run: SimulatedRun, chain: PageChain) {
    this.run = run;
    this.chain = chain;
  }

  knows(page: number): boolean {
    return page === this.chain.page;
  }

  async apply(action: RerunAction): Promise<void> {
    const { chain } = this;
    const label = labelOf(action);
    if (action === 'step') this.steps++;
    chain.begin(this.steps, label);
    this.perform(action);
    chain.end(label !== null && (typeof action === 'string' || 'operate' in action));
  }

  async walk(page: number): Promise<PageWalk> {
    return { ...this.run.walk(page), events: null, chain: this.chain.read() };
  }

  private perform(action: RerunAction): void {
    const { run } = this;
    if (action === 'step') this.step();
    else if (action === 'clear') run.clear();
    else if (action === 'clear_refs') run.clearRefs();
    else if ('operate' in action) run.operate(requestOf(action.operate));
    else if ('set' in action) run.set(...action.set);
    else
      throw new InspectorError(
        'damaged-file',
        'The recording moves a program that is not played by sub-steps.',
      );
  }

  /** The program may have ended in its last step: its state is still that of the recording. */
  private step(): void {
    if (this.ended) return;
    try {
      this.run.step();
    } catch {
      this.ended = true;
    }
  }
}

/** A program in the hands of a step player, which keeps all chains itself. */
class SteppedRerun implements Rerun {
  private readonly source: SteppedSource;

  constructor(source: SteppedSource) {
    this.source = source;
  }

  knows(): boolean {
    return true;
  }

  async apply(action: RerunAction): Promise<void> {
    const { source } = this;
    if (action === 'clear_refs') return source.clearRefs();
    if (typeof action === 'string' || 'set' in action)
      throw new InspectorError('damaged-file', 'The recording steps a program that is played by sub-steps.');
    if ('move' in action) source.move(action.move);
    else if ('access' in action) source.access(action.access.page, action.access.write);
    else await source.operate(requestOf(action.operate));
  }

  walk(page: number): Promise<PageWalk> {
    return this.source.walk(page);
  }
}

function requestOf(stored: Extract<RerunAction, { operate: unknown }>['operate']): OperationRequest {
  return { ...stored, start: BigInt(stored.start), len: BigInt(stored.len) };
}

/** What was done from outside, for the chain; null for a step of the program. */
function labelOf(action: RerunAction): string | null {
  if (action === 'step') return null;
  if (action === 'clear') return 'the sample cleared all pages';
  if (action === 'clear_refs') return 'clear_refs 4';
  if ('operate' in action) {
    const { op, start, len } = action.operate;
    return `${op} start=0x${BigInt(start).toString(16)} len=${len}`;
  }
  return 'a setting was changed';
}
