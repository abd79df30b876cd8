import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import type { Target } from '../../native/testing/target.ts';
import { MMAP, SYS } from '../../native/syscalls/constants.ts';
import { Machine } from '../../simulated/machine.ts';
import { SimulatedSource } from '../../simulated/source/simulated-source.ts';
import { MACHINE_PARAMETERS } from '../../simulated/source/parameters.ts';
import { Program } from '../../simulated/workloads/program.ts';
import { Random } from '../../simulated/workloads/random.ts';
import { Settings } from '../../simulated/workloads/settings.ts';
import { SourceTracker } from '../page-tracker.ts';
import { SimulatedMemory } from '../simulated-memory.ts';
import { type ProgramMemory, VirtualMemory } from '../virtual-memory.ts';
import { PAGE, type PageProtection } from '../windows.ts';
import { WriteWatches } from '../write-watches.ts';

/** A program whose memory is watched: on either engine, or by Windows' own functions. */
export interface WatchedProgram {
  readonly memory: Pick<VirtualMemory, 'allocate' | 'protect' | 'decommit' | 'release'>;
  readonly watches: Pick<WriteWatches, 'get' | 'reset'>;
  /** The program writes to each of these pages. */
  write(...pages: number[]): Promise<void>;
  /** One store to the last bytes of a page and the first of the page after it. */
  writeAcross(page: number): Promise<void>;
}

/** A simulated program, which does nothing by itself. */
export function simulatedProgram(): WatchedProgram & {
  readonly program: Program;
  readonly watches: WriteWatches;
} {
  const program = new Program(new Machine(), new Random(1));
  const idle = { step: () => undefined };
  const source = new SimulatedSource(program, idle, Settings.of(MACHINE_PARAMETERS, {}), {
    title: '',
    detail: '',
  });
  const watches = new WriteWatches(new SourceTracker(source));
  const write = async (...pages: number[]) => {
    for (const page of pages) program.process.write(page);
  };
  return {
    program,
    watches,
    memory: new VirtualMemory(new SimulatedMemory(program.process), watches),
    write,
    // A store across two pages is an access to both.
    writeAcross: async (page) => void program.process.write(page, 2),
  };
}

/** The real program of native/testing/test-target.ts, tracked by `source`. */
export function nativeProgram(target: Target, source: TrackingSource): WatchedProgram {
  const watches = new WriteWatches(new SourceTracker(source));
  const memory = new VirtualMemory(new TargetMemory(target), watches);
  return {
    watches,
    memory,
    write: async (...pages) => void (await target.write(...pages)),
    writeAcross: async (page) => void (await target.send({ op: 'write-across', page })),
  };
}

const { PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS } = MMAP;
const RIGHTS: Readonly<Record<PageProtection, number>> = {
  [PAGE.NOACCESS]: PROT_NONE,
  [PAGE.READONLY]: PROT_READ,
  [PAGE.READWRITE]: PROT_READ | PROT_WRITE,
};
const MADV_DONTNEED = 4;
const MADV_NOHUGEPAGE = 15;

class TargetMemory implements ProgramMemory {
  private readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }

  async map(pages: number, protection: PageProtection): Promise<number> {
    // Inaccessible pages on both sides: the VMA between them merges with no neighbour.
    const whole = await this.call(SYS.mmap, 0, pages + 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const start = whole / PAGE_SIZE + 1;
    await this.call(SYS.madvise, start, pages, MADV_NOHUGEPAGE);
    await this.protect(start, pages, protection);
    return start;
  }

  async protect(start: number, pages: number, protection: PageProtection): Promise<void> {
    await this.call(SYS.mprotect, start, pages, RIGHTS[protection]);
  }

  async discard(start: number, pages: number): Promise<void> {
    await this.call(SYS.madvise, start, pages, MADV_DONTNEED);
  }

  async unmap(start: number, pages: number): Promise<void> {
    await this.call(SYS.munmap, start - 1, pages + 2);
  }

  /** A call whose first two arguments are an address and a length, both in pages. */
  private async call(number: number, page: number, pages: number, ...more: number[]): Promise<number> {
    const result = await this.target.call(number, page * PAGE_SIZE, pages * PAGE_SIZE, ...more);
    if (result < 0) throw new Error(`System call ${number} of the target failed with ${result}.`);
    return result;
  }
}
