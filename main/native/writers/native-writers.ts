import { type FoundWrite, MAX_STACK } from '#shared/contract/writers.ts';
import { pageOfAddress } from '#shared/memory/page.ts';
import type { WriterWatching } from '#shared/source/source.ts';
import { commName } from '../process/names.ts';
import { readProc } from '../process/proc-files.ts';
import { Symbols } from '../symbols/symbols.ts';
import { cutPlace, named } from './place-names.ts';
import type { FirstWrite } from './tracer.ts';
import { UnwindBudget } from './unwind-budget.ts';
import type { WriterSampling } from './writer-sampling.ts';

/** Threads name themselves after they started: a name is read again after this time, in milliseconds. */
const NAME_MS = 1000;

/** The first writers of the pages that interval samples of a process report, with names; and of one caller at a time. */
export class NativeWriters implements WriterWatching {
  private readonly pid: number;
  private readonly sampling: WriterSampling;
  private symbols: Symbols | null = null;
  private readonly budget = new UnwindBudget();
  private readonly threads = new Map<number, { name: string | null; readMs: number }>();

  constructor(pid: number, sampling: WriterSampling) {
    this.pid = pid;
    this.sampling = sampling;
  }

  watch(
    { range, stacks }: Parameters<WriterWatching['watch']>[0],
    onWrites: (writes: readonly FoundWrite[]) => void,
  ): void {
    this.stop();
    this.sampling.watch({ ranges: [range], stacks, onWrites: (writes) => onWrites(this.name(writes)) });
    this.symbols = new Symbols(this.pid);
  }

  stop(): void {
    this.sampling.watch(null);
    this.symbols?.close();
    this.symbols = null;
    this.threads.clear();
  }

  get lost(): number {
    return this.sampling.lost;
  }

  get limitation(): string | null {
    return this.symbols?.limitation ?? null;
  }

  private name(writes: readonly FirstWrite[]): FoundWrite[] {
    const { symbols } = this;
    if (symbols === null) return [];
    return writes.map((write) => {
      const { place, callers } = this.budget.unwind(write.stack, (stack) =>
        named({ ...write, stack }, symbols),
      );
      return {
        page: pageOfAddress(write.address),
        tid: write.tid,
        thread: this.thread(write.tid),
        stack: [place, ...callers].slice(0, MAX_STACK).map(cutPlace),
      };
    });
  }

  private thread(tid: number): string | null {
    if (tid === 0) return null;
    const known = this.threads.get(tid);
    const nowMs = performance.now();
    if (known !== undefined && nowMs - known.readMs < NAME_MS) return known.name;
    const comm = readProc(this.pid, `task/${tid}/comm`);
    // One that ended keeps its name.
    const name = comm === null ? (known?.name ?? null) : commName(comm);
    this.threads.set(tid, { name, readMs: nowMs });
    return name;
  }
}
