import { InspectorError } from '#shared/contract/errors.ts';
import type { StepCall, StepsMove, StepsState, SubStep } from '#shared/contract/steps.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { CallLog, stepCall, type LoggedCall } from './call-log.ts';
import type { Outline } from './outline.ts';
import type { ProgramCall, SteppedProgram } from './program.ts';
import { changesPages } from './touches.ts';

/** Pages of one access that are played page by page; the others are played one page table at a time. */
const MAX_TRACED_PAGES = 64;
/** Calls that a search through a program without an end runs. */
const MAX_SEARCHED_CALLS = 2000;
/** Bytes that the events of all calls may take, by estimate. */
const MAX_LOG_BYTES = 512 * 1024 * 1024;
const TABLE_EVENT_BYTES = 2048;
const EVENT_BYTES = 256;

/**
 * Plays a program by sub-steps. Each call runs once; its events are kept, undone to go back and repeated to go forward, so
 * that the state at every sub-step is exact.
 */
export class StepPlayer {
  readonly program: SteppedProgram;
  private readonly log: CallLog;
  private readonly unlisten: () => void;
  private recorded: MachineEvent[] = [];
  private bytes = 0;
  private complete = false;
  private failure: string | null = null;

  constructor(program: SteppedProgram) {
    this.program = program;
    const { machine } = program;
    this.log = new CallLog(machine, machine.mms[0].table.root.level);
    this.unlisten = machine.events.listen((event) => this.recorded.push(event), {
      maxTraced: MAX_TRACED_PAGES,
    });
  }

  /** Sub-steps done. */
  get position(): number {
    return this.log.position;
  }

  /** Sub-steps known so far. */
  get known(): number {
    return this.log.known;
  }

  /** The calls known so far. */
  get calls(): readonly LoggedCall[] {
    return this.log.calls;
  }

  /** The process that runs at the position. */
  get process(): number {
    const call = this.call;
    if (call === null) return 0;
    return this.position === call.first + call.outlines.length ? call.processAfter : call.process;
  }

  get mm(): MmStruct {
    return this.program.machine.mms[this.process];
  }

  /** False if there is no such sub-step; the position is then the same. */
  move(move: StepsMove): boolean {
    const { position } = this;
    switch (move.to) {
      case 'forward':
        return this.reach(position + 1);
      case 'back':
        return this.reach(position - 1);
      case 'next-call': {
        if (position === this.known && !this.run()) return false;
        const call = this.log.callOf(position + 1);
        return call !== null && this.reach(call.first + call.outlines.length);
      }
      case 'previous-call':
        return this.call !== null && this.reach(this.call.first);
      case 'start':
        return this.reach(0);
      case 'end':
        while (this.program.totalCalls !== null && this.run());
        return this.reach(this.known);
      case 'number':
        while (this.known < move.number && this.run());
        return this.reach(Math.min(move.number, this.known));
      case 'call':
        return this.reachCall(move.call);
      case 'change':
        return this.reachChange(move.pages.start, move.pages.start + move.pages.pages, move.back);
    }
  }

  /**
   * Runs `action` for the current process beside the program, after the current call: its sub-steps follow. The calls that
   * were known after it are undone, and run again. The position is then before the first new sub-step.
   * @returns what `action` returns
   */
  insert<T>(op: string, text: string, action: (mm: MmStruct) => T, result: (value: T) => string): T {
    const { program, log } = this;
    const call = this.call;
    if (program.rewind === null) log.goTo(this.known);
    else if (call !== null) log.goTo(call.first + call.outlines.length);
    const before = this.position;
    const { process } = this;
    if (program.rewind !== null && this.position < this.known) {
      const next = log.calls.slice((this.call?.index ?? -1) + 1).find(({ origin }) => origin !== null);
      log.truncate();
      if (next?.origin !== null && next !== undefined) {
        program.rewind(next.origin, process);
        this.complete = false;
        this.failure = null;
      }
    }
    const { value, events } = this.record(() => action(program.machine.mms[process]));
    this.append({ op, text, result: result(value), origin: null, events, process, processAfter: process });
    log.goTo(before);
    return value;
  }

  /** What `read` returns with the machine in the state after `position` sub-steps, which must be known. */
  visit<T>(position: number, read: () => T): T {
    const { log } = this;
    const here = log.position;
    log.goTo(position);
    try {
      return read();
    } finally {
      log.goTo(here);
    }
  }

  state(): Omit<StepsState, 'kept'> {
    const { program, log, position } = this;
    const { fault } = log;
    return {
      title: program.title,
      description: program.description,
      position,
      known: log.known,
      complete: this.complete,
      calls: log.calls.length,
      totalCalls: program.totalCalls,
      current: position === 0 ? null : this.subStep(position),
      call: this.call === null ? null : stepCall(this.call),
      process: this.process,
      processes: program.machine.mms.map(({ id, parent, alive }) => ({
        id,
        parent: parent?.id ?? null,
        alive,
      })),
      registers: {
        cr3: this.process,
        cr2: fault?.page ?? null,
        errorCode: fault === null ? null : [...fault.errorCode],
      },
      tlb: this.mm.tlb.entries.map((entry) => ({ ...entry })),
      failure: this.failure,
    };
  }

  /** Known sub-steps after the first `from`, at most `count`, and the calls that they belong to. */
  list(from: number, count: number): { subSteps: SubStep[]; calls: StepCall[] } {
    const end = Math.min(from + count, this.known);
    const subSteps: SubStep[] = [];
    for (let number = from + 1; number <= end; number++) subSteps.push(this.subStep(number));
    const indexes = new Set(subSteps.map(({ call }) => call));
    return { subSteps, calls: [...indexes].map((index) => stepCall(this.log.calls[index])) };
  }

  /** The events of sub-step `number`, counted from 1. */
  events(number: number): readonly MachineEvent[] {
    return this.log.events(number);
  }

  /** Sub-step `number`, counted from 1, which must be known. */
  subStep(number: number): SubStep {
    const call = this.log.callOf(number);
    if (call === null) throw new InspectorError('bad-request', `There is no sub-step ${number}.`);
    const at = number - call.first - 1;
    const { kind, process, describe } = call.outlines[at];
    const { touched, ...texts } = describe();
    return {
      ...texts,
      number,
      call: call.index,
      kind,
      process,
      changes: changes(call.outlines, at),
      touched: { vmas: [], pages: [], entries: [], tlb: [], registers: [], ...touched },
    };
  }

  close(): void {
    this.unlisten();
  }

  /** The call of the last sub-step done. */
  get call(): LoggedCall | null {
    return this.log.callOf(this.position);
  }

  private reach(position: number): boolean {
    if (position < 0 || (position > this.known && !this.run())) return false;
    if (position === this.position) return false;
    this.log.goTo(position);
    return true;
  }

  private reachCall(calls: number): boolean {
    while (this.log.calls.length < calls && this.run());
    const call = this.log.calls.at(Math.min(calls, this.log.calls.length) - 1);
    this.log.goTo(calls === 0 || call === undefined ? 0 : call.first + call.outlines.length);
    return true;
  }

  private reachChange(start: number, end: number, back: boolean): boolean {
    const from = this.position;
    const { process } = this;
    const limit = this.log.calls.length + (this.program.totalCalls ?? MAX_SEARCHED_CALLS);
    for (let number = back ? from - 1 : from + 1; number > 0; number += back ? -1 : 1) {
      if (number > this.known && (this.log.calls.length >= limit || !this.run())) break;
      if (!this.log.events(number).some((event) => changesPages(event, process, start, end))) continue;
      this.log.goTo(number);
      return true;
    }
    this.log.goTo(from);
    return false;
  }

  /** Runs the next call from the end of what is known, and returns to the position. False at the end. */
  private run(): boolean {
    if (this.complete) return false;
    const { position } = this;
    this.log.goTo(this.known);
    try {
      if (this.bytes > MAX_LOG_BYTES)
        throw new InspectorError('unsupported', 'The steps so far fill the memory that is kept for them.');
      const calls = this.program.next((action) => this.record(action).events);
      for (const call of calls ?? []) this.append(call);
      const { totalCalls } = this.program;
      const last = this.log.calls.findLast(({ origin }) => origin !== null);
      this.complete = calls === null || (totalCalls !== null && (last?.origin ?? -1) + 1 >= totalCalls);
      return calls !== null;
    } catch (cause) {
      this.complete = true;
      this.failure = InspectorError.from(cause).message;
      return false;
    } finally {
      this.log.goTo(position);
    }
  }

  private record<T>(action: () => T): { value: T; events: MachineEvent[] } {
    this.recorded = [];
    const value = action();
    return { value, events: this.recorded };
  }

  private append(call: ProgramCall): void {
    this.log.append(call);
    for (const { type } of call.events)
      this.bytes += type === 'entries' || type === 'pmd' ? TABLE_EVENT_BYTES : EVENT_BYTES;
  }
}

function changes(outlines: readonly Outline[], at: number): boolean {
  const { kind, end } = outlines[at];
  const before = at === 0 ? 0 : outlines[at - 1].end;
  return (
    end > before &&
    !['call', 'return', 'query', 'walk', 'fault', 'handler', 'signal', 'defect'].includes(kind)
  );
}
