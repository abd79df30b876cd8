import { formatPage } from '#shared/memory/page.ts';
import { errnoName } from '../mm/errno.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { Machine } from '../machine.ts';
import type { Program } from '../workloads/program.ts';
import type { Region } from '../workloads/region.ts';
import type { Workload } from '../workloads/workload.ts';
import { argumentsText } from './call-steps.ts';
import type { ProgramCall, Recorder, SteppedProgram } from './program.ts';

/** A workload for the step player: its start, then turn by turn, each divided into its calls and accesses. */
export class WorkloadProgram implements SteppedProgram {
  readonly title: string;
  readonly description: string;
  readonly machine: Machine;
  readonly regions: readonly Region[];
  readonly totalCalls = null;
  /** Variables of the workload cannot be restored. */
  readonly rewind = null;
  private readonly start: () => Workload;
  private workload: Workload | null = null;

  /** @param start maps its memory on the program's machine */
  constructor(program: Program, start: () => Workload, texts: { title: string; description: string }) {
    this.machine = program.machine;
    this.regions = program.regions;
    this.start = start;
    this.title = texts.title;
    this.description = texts.description;
  }

  next(record: Recorder): readonly ProgramCall[] {
    const events = record(() => {
      if (this.workload === null) this.workload = this.start();
      else this.workload.step();
    });
    const calls = dividedCalls(events);
    if (calls.length > 0) return calls;
    const quiet = { op: 'turn', text: 'a turn without memory accesses', result: '0', origin: null };
    return [{ ...quiet, events, process: 0, processAfter: 0 }];
  }
}

/** One turn's events, divided if a call begins outside of another, and where accesses begin. */
function dividedCalls(events: readonly MachineEvent[]): ProgramCall[] {
  const starts: number[] = [];
  let depth = 0;
  let accessing = false;
  events.forEach((event, at) => {
    if (event.type === 'call') {
      if (depth++ === 0) starts.push(at);
      accessing = false;
    } else if (event.type === 'return') depth--;
    else if (event.type === 'access' && depth === 0) {
      const continues = accessing && continuesAccess(events, starts, event);
      if (!continues) starts.push(at);
      accessing = true;
    }
  });
  if (starts.length > 0) starts[0] = 0;
  return starts.map((from, i) => callOf(events.slice(from, starts[i + 1] ?? events.length)));
}

type AccessEvent = Extract<MachineEvent, { type: 'access' }>;

/** Whether the access is to the page after the previous one, of the same sort: one write of several pages. */
function continuesAccess(
  events: readonly MachineEvent[],
  starts: readonly number[],
  event: AccessEvent,
): boolean {
  const from = starts.at(-1) ?? 0;
  for (let at = events.indexOf(event, from) - 1; at >= from; at--) {
    const before = events[at];
    if (before.type !== 'access') continue;
    return before.page + 1 === event.page && before.write === event.write && before.process === event.process;
  }
  return false;
}

function callOf(events: readonly MachineEvent[]): ProgramCall {
  const first = events.find((event) => event.type === 'call' || event.type === 'access');
  const process = first?.process ?? 0;
  const common = { origin: null, events, process, processAfter: process };
  if (first?.type === 'call') {
    const end = events.findLast((event) => event.type === 'return');
    const result = end === undefined || end.result >= 0 ? String(end?.result ?? 0) : errnoName(end.result);
    return { ...common, op: first.name, text: `${first.name}(${argumentsText(first.args)})`, result };
  }
  const accesses = events.filter((event) => event.type === 'access');
  const write = first?.write === true;
  const where = first === undefined ? '' : ` ${formatPage(first.page)}`;
  const text = `${write ? 'write' : 'read'}${where}${accesses.length > 1 ? ` and ${accesses.length - 1} more` : ''}`;
  return { ...common, op: write ? 'write' : 'read', text, result: '0' };
}
