import { InspectorError } from '#shared/contract/errors.ts';
import type { ParameterValue } from '#shared/contract/parameter.ts';
import type { DumpReply } from '#shared/contract/recording.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import type { ControlAction } from '#shared/source/capabilities.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { RangeOperations, SampleMode } from '#shared/source/source.ts';
import type { OperationOutcome } from '../history/operation-log.ts';
import type { SessionHistory } from '../history/session-history.ts';
import type { LiveSampler } from './live-sampler.ts';

/**
 * The operations that the user runs on a live source, each logged once. In mode interval no written page is missed: what
 * an operation clears is counted in the interval in which it happened.
 */
export class ManualOperations {
  private readonly sampler: LiveSampler;
  private readonly history: SessionHistory;

  constructor(sampler: LiveSampler, history: SessionHistory) {
    this.sampler = sampler;
    this.history = history;
  }

  /** GET, CLEAR or GET_AND_CLEAR. */
  operate(request: OperationRequest, mode: SampleMode): Promise<OperationResult> {
    const { op, start, len, vecLen, flags } = request;
    const { operations } = this.history;
    return operations.run(
      { action: op, request: { start, len, vecLen, flags } },
      () => this.taking(request, mode),
      outcomeOf,
    );
  }

  /** Like `operate`, without a record of the operation: used by write watches. */
  perform(request: OperationRequest, mode: SampleMode): Promise<OperationResult> {
    return mode === 'hold' ? this.operateInHold(request) : this.operateInInterval(request);
  }

  /** clear_refs "4". */
  clearRefs(mode: SampleMode): Promise<void> {
    return this.history.operations.run({ action: 'clear_refs' }, async () => {
      const { wholeProcess, operations } = this.sampler.source;
      if (wholeProcess === null) {
        throw new InspectorError('unsupported', 'This source cannot clear the whole process at once.');
      }
      if (mode === 'interval') {
        // The sample that follows clears every page, and without VM_SOFTDIRTY there is nothing else to clear.
        if (operations?.noReusedRegions !== true) return;
        await this.sampler.takeAll();
      }
      await this.sampler.noteWritten();
      await wholeProcess.clearRefs();
      this.sampler.cleared();
    });
  }

  /** Pauses, continues, steps or kills the program. */
  control(action: ControlAction): Promise<void> {
    const { execution } = this.sampler.source;
    if (!execution?.actions.includes(action))
      throw new InspectorError('unsupported', `This source has no control "${action}".`);
    return this.history.operations.run({ action }, () => execution.control(action));
  }

  /** Changes a setting of the source. */
  set(name: string, value: ParameterValue): Promise<void> {
    const { settings } = this.sampler.source;
    if (settings === null) throw new InspectorError('unsupported', 'This source has no settings.');
    const operation = { action: 'set', detail: `${name} = ${value}` } as const;
    return this.history.operations.run(operation, () => settings.set(name, value));
  }

  /** Ends a phase of the program: `show` gets the frame of all that was written in it, then it is marked. */
  dumpAndReset(note: string, mode: SampleMode, show: (frame: Frame) => void): Promise<DumpReply> {
    const { operations, phase, marks } = this.history;
    const dump = async (): Promise<DumpReply> => {
      const { getAndClear } = this.rangeOperations();
      const frame = await this.sampler.dump(mode);
      show(frame);
      // The mark is at the frame that shows the phase.
      const timeNs = Math.round(frame.time * 1e6);
      const { byKind, lengthNs } = phase.end(mode, this.sampler.frames.written, timeNs);
      const mark = marks.add({ timeNs, note, colour: 'amber' });
      const writtenPages = byKind.reduce((sum, pages) => sum + pages, 0);
      return { mark, writtenPages, byKind, phaseNs: lengthNs, atomic: getAndClear !== 'emulated-racy' };
    };
    return operations.run({ action: 'dump_and_reset', detail: note }, dump, ({ writtenPages }) => ({
      ok: true,
      ret: writtenPages,
      next: null,
    }));
  }

  /** Write watches keep counting what the user clears: a clear returns which pages. */
  private async taking(request: OperationRequest, mode: SampleMode): Promise<OperationResult> {
    const { sampler } = this;
    if (request.op === 'GET' || !sampler.reportsCleared()) return this.perform(request, mode);
    const { op, len } = request;
    if (op === 'GET_AND_CLEAR') {
      const result = await this.perform(request, mode);
      if (result.ok) sampler.onCleared(pairsOf(result.runs));
      return result;
    }
    const vecLen = Math.max(1, pagesOfBytes(len));
    const result = await this.perform({ ...request, op: 'GET_AND_CLEAR', vecLen }, mode);
    if (!result.ok) return result;
    sampler.onCleared(pairsOf(result.runs));
    return { ...result, ret: 0, runs: new Float64Array(0), next: null };
  }

  private async operateInHold(request: OperationRequest): Promise<OperationResult> {
    const result = await this.rangeOperations().operate(request);
    this.noteCleared(request, result);
    return result;
  }

  private async operateInInterval(request: OperationRequest): Promise<OperationResult> {
    const operations = this.rangeOperations();
    const { op, len } = request;
    if (op === 'GET') return noted(await operations.operate(request));
    if (operations.noReusedRegions) {
      await this.sampler.takeAll();
      return noted(await operations.operate(request));
    }
    // Without VM_SOFTDIRTY, GET_AND_CLEAR clears the same pages as CLEAR, and returns which.
    const vecLen = op === 'CLEAR' ? Math.max(1, pagesOfBytes(len)) : request.vecLen;
    const result = await operations.operate({ ...request, op: 'GET_AND_CLEAR', vecLen });
    if (!result.ok) return result;
    this.sampler.frames.takeRuns(result.runs);
    return op === 'CLEAR' ? { ...result, ret: 0, runs: new Float64Array(0), next: null } : noted(result);
  }

  private rangeOperations(): RangeOperations {
    const { operations } = this.sampler.source;
    if (operations === null) throw new InspectorError('unsupported', 'This source cannot read and clear.');
    return operations;
  }

  /** What an operation in mode hold cleared. */
  private noteCleared({ op, start, len }: OperationRequest, result: OperationResult): void {
    if (!result.ok || op === 'GET') return;
    const first = pageOfAddress(start);
    if (op === 'CLEAR') return this.sampler.cleared({ start: first, end: first + pagesOfBytes(len) });
    for (let i = 0; i < result.runs.length; i += 2)
      this.sampler.cleared({ start: result.runs[i], end: result.runs[i] + result.runs[i + 1] });
  }
}

function* pairsOf(runs: Float64Array): Iterable<readonly [number, number]> {
  for (let i = 0; i < runs.length; i += 2) yield [runs[i], runs[i] + runs[i + 1]];
}

function outcomeOf(result: OperationResult): OperationOutcome {
  if (result.ok) return { ok: true, ret: result.ret, next: result.next };
  return { ok: false, errno: result.errno, message: result.message };
}

function noted(result: OperationResult): OperationResult {
  const note =
    'Every interval sample clears what it reads, so this shows only what was written since the last one.';
  return { ...result, notes: [...result.notes, note] };
}
