import type { StepCall } from '#shared/contract/steps.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import type { MachineEvent } from '../mm/events.ts';
import { redoEvents, undoEvents, type UndoTarget } from '../events/undo.ts';
import { explainCall } from './explain.ts';
import type { Fault, Outline } from './outline.ts';
import type { ProgramCall } from './program.ts';

/** A call that ran, with its sub-steps. */
export interface LoggedCall extends ProgramCall {
  readonly index: number;
  /** Sub-steps before it. */
  readonly first: number;
  readonly outlines: readonly Outline[];
  /** The last fault before it. */
  readonly faultBefore: Fault | null;
}

/** The calls of a program that ran, and the position among their sub-steps, at which the machine's state is kept. */
export class CallLog {
  private readonly machine: UndoTarget;
  private readonly levels: number;
  readonly calls: LoggedCall[] = [];
  /** Sub-steps done. */
  position = 0;

  /** @param levels of the page table, 4 or 5 */
  constructor(machine: UndoTarget, levels: number) {
    this.machine = machine;
    this.levels = levels;
  }

  /** Sub-steps of all calls. */
  get known(): number {
    const last = this.calls.at(-1);
    return last === undefined ? 0 : last.first + last.outlines.length;
  }

  /** Adds a call that has just run; the position must be, and will be, the end. */
  append(call: ProgramCall): void {
    const last = this.calls.at(-1);
    const outlines = explainCall(call, this.levels);
    const faultBefore = last === undefined ? null : lastFault(last, last.outlines.length);
    this.calls.push({ ...call, index: this.calls.length, first: this.known, outlines, faultBefore });
    this.position = this.known;
  }

  /** Removes the calls after the position, which must be the end of a call. */
  truncate(): void {
    while (this.calls.length > 0 && this.known > this.position) this.calls.pop();
  }

  /** The call of sub-step `number`, counted from 1. */
  callOf(number: number): LoggedCall | null {
    const { calls } = this;
    const at = lowerBound(0, calls.length, (i) => calls[i].first + calls[i].outlines.length >= number);
    return number < 1 ? null : (calls[at] ?? null);
  }

  /** The last fault up to the position. */
  get fault(): Fault | null {
    const call = this.callOf(this.position);
    return call === null ? null : lastFault(call, this.position - call.first);
  }

  /** Puts the machine into the state after `position` sub-steps, at most all that are known. */
  goTo(position: number): void {
    const from = this.position;
    this.position = position;
    if (position === from) return;
    const back = position < from;
    const [low, high] = back ? [position, from] : [from, position];
    const first = this.callOf(low + 1);
    const last = this.callOf(high);
    if (first === null || last === null) return;
    const range = this.calls.slice(first.index, last.index + 1);
    const act = back ? undoEvents : redoEvents;
    for (const call of back ? range.toReversed() : range) {
      const begin = eventsDone(call, low - call.first);
      const end = eventsDone(call, high - call.first);
      if (end > begin) act(this.machine, call.events.slice(begin, end));
    }
  }

  /** The events of sub-step `number`, counted from 1. */
  events(number: number): readonly MachineEvent[] {
    const call = this.callOf(number);
    if (call === null) return [];
    const at = number - call.first;
    return call.events.slice(eventsDone(call, at - 1), eventsDone(call, at));
  }
}

/** Events of a call that its first `subSteps` sub-steps have; all or none if that is beyond it. */
function eventsDone({ outlines, events }: LoggedCall, subSteps: number): number {
  if (subSteps <= 0) return 0;
  return subSteps >= outlines.length ? events.length : outlines[subSteps - 1].end;
}

function lastFault({ outlines, faultBefore }: LoggedCall, subSteps: number): Fault | null {
  for (let at = Math.min(subSteps, outlines.length) - 1; at >= 0; at--) {
    const { fault } = outlines[at];
    if (fault !== null) return fault;
  }
  return faultBefore;
}

export function stepCall({ index, origin, text, result, first, outlines, process }: LoggedCall): StepCall {
  return { index, origin, text, result, first, subSteps: outlines.length, process };
}
