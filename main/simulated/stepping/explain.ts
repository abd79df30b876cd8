import type { FaultKind, MachineEvent } from '../mm/events.ts';
import { describeDefect } from '../source/defects.ts';
import { accessSteps } from './access-steps.ts';
import { callBegins, callReturns, functionOf, queryOnly } from './call-steps.ts';
import {
  directoryStep,
  entriesStep,
  entryStep,
  pmdStep,
  tableMovedStep,
  type Context,
} from './change-steps.ts';
import { handlerStep, signalStep } from './fault-steps.ts';
import type { Outline } from './outline.ts';
import { describeVmas } from './vma-steps.ts';

/** A call as the program made it. */
export interface ExplainedCall {
  /** The operation, if no event names the call. */
  readonly op: string;
  readonly text: string;
  readonly result: string;
  readonly process: number;
  readonly events: readonly MachineEvent[];
}

type Part = Pick<Outline, 'kind' | 'describe'> & Partial<Pick<Outline, 'fault'>>;

/**
 * The sub-steps of a call, at least one: what its events show, and what the kernel does between them without changing
 * anything. Bookkeeping that no view shows (frames, page cache) belongs to the sub-step after it.
 * @param levels of the page table, 4 or 5
 */
export function explainCall(call: ExplainedCall, levels: number): Outline[] {
  return new Explainer(call, levels).run();
}

class Explainer {
  private readonly call: ExplainedCall;
  private readonly levels: number;
  private readonly outlines: Outline[] = [];
  /** Calls that have begun: a call can be made within another. */
  private readonly names: string[] = [];
  private inAccess = false;
  private ofFile = false;
  /** How the faults to come of this access are resolved. */
  private faults: FaultKind[] = [];
  private handled: FaultKind | null = null;
  private process: number;

  constructor(call: ExplainedCall, levels: number) {
    this.call = call;
    this.levels = levels;
    this.process = call.process;
  }

  run(): Outline[] {
    const { events, op, text, result } = this.call;
    events.forEach((event, at) => {
      if ('process' in event) this.process = event.process;
      this.event(event, at);
    });
    if (this.outlines.length === 0) {
      this.add({ kind: 'query', describe: () => queryOnly(op, text, result) }, events.length);
    }
    this.outlines[this.outlines.length - 1].end = events.length;
    return this.outlines;
  }

  private add({ kind, describe, fault = null }: Part, end: number): void {
    this.outlines.push({ kind, end, process: this.process, fault, describe });
  }

  private get context(): Context {
    const call = this.names.at(-1) ?? (this.inAccess ? null : this.call.op);
    return { levels: this.levels, call, fault: this.handled };
  }

  private event(event: MachineEvent, at: number): void {
    const end = at + 1;
    const { context } = this;
    switch (event.type) {
      case 'call':
        this.names.push(event.name);
        this.endAccess();
        this.add({ kind: 'call', describe: () => callBegins(event.name, event.args) }, end);
        return;
      case 'return':
        this.names.pop();
        this.add({ kind: 'return', describe: () => callReturns(event.name, event.result) }, end);
        return;
      case 'access':
        this.inAccess = true;
        this.ofFile = event.vma !== null && event.vma.object !== null;
        this.faults = this.faultsAfter(at);
        this.handled = null;
        for (const step of accessSteps(event, this.levels, this.faults)) this.add(step, end);
        this.beginHandling(event.page, end);
        return;
      case 'fault':
        this.endFault(event.kind, event.page, end);
        return;
      case 'entry':
        this.add(entryStep(event, context), end);
        return;
      case 'entries':
        this.add(entriesStep(event, context), end);
        return;
      case 'pmd':
        this.add(pmdStep(event, context), end);
        return;
      case 'directory':
        this.add(directoryStep(event, context), end);
        return;
      case 'table-moved':
        this.add(tableMovedStep(event, context), end);
        return;
      case 'vmas':
        this.add({ kind: 'vma', describe: () => describeVmas(event, context.call) }, end);
        return;
      case 'tlb':
        this.add(tlbPart(event), end);
        return;
      case 'process-made':
      case 'process-ended':
        this.add(processPart(event), end);
        return;
      case 'defect':
        this.add(defectPart(event.id), end);
        return;
      case 'frame':
      case 'frame-block':
      case 'cache':
      case 'cache-huge':
      case 'object-size':
      case 'object-made':
      case 'anon-vma-made':
      case 'brk':
        return;
    }
  }

  private endAccess(): void {
    this.inAccess = false;
    this.faults = [];
    this.handled = null;
  }

  /** Kinds of the faults between this access and the next. */
  private faultsAfter(at: number): FaultKind[] {
    const kinds: FaultKind[] = [];
    const { events } = this.call;
    for (let next = at + 1; next < events.length; next++) {
      const event = events[next];
      if (event.type === 'access' || event.type === 'call' || event.type === 'return') break;
      // What follows in bulk belongs to other pages.
      if (event.type === 'fault') kinds.push(event.kind);
      if (event.type === 'tlb' && event.change === 'fill') break;
    }
    return kinds;
  }

  /** What the handler of the next fault does before it sets an entry. */
  private beginHandling(page: number, end: number): void {
    this.handled = this.faults.shift() ?? null;
    if (this.handled === null) return;
    const described = handlerStep(this.handled, page, this.ofFile);
    if (described !== null) this.add({ kind: 'handler', describe: () => described }, end);
  }

  private endFault(kind: FaultKind, page: number, end: number): void {
    const signal = signalStep(kind, page);
    if (signal !== null) this.add({ kind: 'signal', describe: () => signal }, end);
    this.handled = null;
    this.beginHandling(page, end);
  }
}

function tlbPart({ change, before, after }: Extract<MachineEvent, { type: 'tlb' }>): Part {
  const fill = change === 'fill';
  return {
    kind: fill ? 'tlb' : 'flush',
    describe: () => {
      const changed = fill
        ? after.filter((entry) => !before.includes(entry))
        : before.filter((entry) => !after.includes(entry));
      const right = changed[0]?.writable === true ? 'writable' : 'read-only';
      return {
        function: fill ? 'processor' : 'flush_tlb_range()',
        sentence: fill
          ? `The TLB caches the translation, ${right}, ${changed[0]?.dirty === true ? 'with' : 'without'} the D bit.`
          : `${changed.length === 1 ? 'One translation leaves' : `${changed.length} translations leave`} the TLB: the entry has changed.`,
        detail: [
          fill
            ? 'The next access to the page needs no walk, as long as the entry is not flushed.'
            : 'Without the flush the processor would write on with the old rights, and the write would go unseen.',
        ],
        touched: {
          tlb: changed.map(({ page }) => page),
          pages: changed.map(({ page, pages }) => ({ start: page, pages })),
        },
      };
    },
  };
}

function processPart(event: Extract<MachineEvent, { type: 'process-made' | 'process-ended' }>): Part {
  const made = event.type === 'process-made';
  return {
    kind: 'process',
    describe: () => ({
      function: made ? 'dup_mm()' : 'exit_mm()',
      sentence: made
        ? `Process ${event.process} gets an address space of its own, empty so far.`
        : `The address space of process ${event.process} is gone.`,
      detail: [],
      touched: { registers: ['CR3'] },
    }),
  };
}

function defectPart(id: string): Part {
  return {
    kind: 'defect',
    describe: () => ({
      function: functionOf('ioctl'),
      sentence: describeDefect(id),
      detail: ['PATCH v2 behaves like this; the documented ioctl does not.'],
      touched: {},
    }),
  };
}
