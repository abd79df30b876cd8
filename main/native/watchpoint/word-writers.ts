import { MAX_WORD_WRITERS, type WordWriter } from '#shared/contract/words.ts';
import { type CodePlace, MAX_STACK } from '#shared/contract/writers.ts';
import type { FoundWordWrites, WordWriters } from '#shared/source/source.ts';
import { commName } from '../process/names.ts';
import { readProc } from '../process/proc-files.ts';
import { Symbols } from '../symbols/symbols.ts';
import type { UnwoundStack } from '../symbols/unwinder.ts';
import { callerPlaces, cutPlace } from '../writers/place-names.ts';
import { UnwindBudget } from '../writers/unwind-budget.ts';
import { type BreakpointEvent, Watchpoint } from './watchpoint.ts';

/** Beyond this many writes the breakpoints pause until the second is over: each costs the program 1 to 2 µs. */
const MAX_WRITES_A_SECOND = 20_000;
const SECOND_MS = 1000;

/** A thread, an instruction and its callers. */
interface Writer {
  readonly event: BreakpointEvent;
  /** Null if there was no time to unwind it. */
  readonly unwound: UnwoundStack | null;
  readonly thread: string | null;
  writes: number;
  values: WordWriter['values'];
  /** Null until it is asked for. */
  stack: readonly CodePlace[] | null;
}

/** Which code of a process writes to one word, by hardware breakpoints. */
export class NativeWordWriters implements WordWriters {
  private readonly pid: number;
  private readonly watchpoint: Watchpoint;
  private readonly symbols: Symbols;
  private readonly writers = new Map<string, Writer>();
  private readonly budget = new UnwindBudget();
  private writes = 0;
  private unknown = 0;
  private pauses = 0;
  private isPaused = false;
  private secondMs = performance.now();
  private inSecond = 0;

  /** Throws InspectorError if the word cannot be watched. */
  constructor(pid: number, address: bigint, size: number) {
    this.pid = pid;
    this.watchpoint = new Watchpoint(pid, { address, size, stacks: true });
    this.symbols = new Symbols(pid);
  }

  poll(): void {
    const { events, lost, values } = this.watchpoint.poll();
    for (const event of events) this.add(event, values);
    this.writes += events.length + lost;
    this.unknown += lost;
    this.bound(events.length + lost);
  }

  found(): FoundWordWrites {
    const writers = [...this.writers.values()].sort((a, b) => b.writes - a.writes);
    return {
      ...{ writes: this.writes, unknown: this.unknown, pauses: this.pauses },
      writers: writers.map((writer) => ({
        tid: writer.event.tid,
        thread: writer.thread,
        stack: [...(writer.stack ??= this.stackOf(writer))],
        writes: writer.writes,
        values: writer.values,
      })),
      ended: ENDS[this.watchpoint.end() ?? 'none'],
      limitation: this.symbols.limitation,
    };
  }

  close(): void {
    this.watchpoint.close();
    this.symbols.close();
  }

  private add(event: BreakpointEvent, values: WordWriter['values']): void {
    const unwound = this.budget.unwind(event.stack, (stack) => stack && this.symbols.unwind(stack));
    const key = `${event.tid} ${event.ip} ${unwound?.frames.join(' ') ?? ''}`;
    let writer = this.writers.get(key);
    if (writer === undefined) {
      if (this.writers.size >= MAX_WORD_WRITERS) {
        this.unknown++;
        return;
      }
      const comm = readProc(this.pid, `task/${event.tid}/comm`);
      const thread = comm === null ? null : commName(comm);
      writer = { event, unwound, thread, writes: 0, values: null, stack: null };
      this.writers.set(key, writer);
    }
    writer.writes++;
    writer.values = values ?? writer.values;
  }

  /** The exception comes after the instruction. */
  private stackOf({ event, unwound }: Writer): CodePlace[] {
    const callers = unwound === null ? [] : callerPlaces(unwound, this.symbols);
    return [...this.symbols.places(event.ip - 1n), ...callers].slice(0, MAX_STACK).map(cutPlace);
  }

  private bound(writes: number): void {
    const nowMs = performance.now();
    this.inSecond += writes;
    if (nowMs - this.secondMs >= SECOND_MS) {
      if (this.isPaused) this.watchpoint.run(true);
      this.isPaused = false;
      this.secondMs = nowMs;
      this.inSecond = 0;
    } else if (!this.isPaused && this.inSecond > MAX_WRITES_A_SECOND) {
      this.watchpoint.run(false);
      this.isPaused = true;
      this.pauses++;
    }
  }
}

const ENDS = {
  none: null,
  exit: 'The program ended.',
  exec: 'The program called exec: its memory was replaced.',
} as const;
