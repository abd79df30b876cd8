import { PAGE_SIZE, pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import type { Executor, MachineSettings, Step, StepResult, StepOf } from '../../scenarios/steps.ts';
import { EINVAL, ENOMEM, EPERM, ESRCH } from '../mm/errno.ts';
import { pagemapIoctl } from '../soft-dirty/ioctl.ts';
import { khugepaged } from '../collapse/khugepaged.ts';
import { Machine } from '../machine.ts';
import { migrateRange } from '../reclaim/migrate.ts';
import { pinRange, unpinRange } from '../fault/pin.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import type { SimulatedProcess } from '../process.ts';
import { reclaimPages } from '../reclaim/reclaim.ts';
import { scanStep } from './scan-step.ts';
import {
  callResult,
  hugepagesResult,
  ioctlResult,
  pagemapResult,
  ptesResult,
  vmasResult,
  type PageWindow,
} from './step-results.ts';
import {
  isAligned,
  mmapArguments,
  mremapArguments,
  munmapArguments,
  rangeArguments,
  rightsOf,
  type PageSpan,
} from './step-arguments.ts';
import { truncateFile } from '../syscalls/truncate.ts';
import { protectWithUffd, registerUffd, unregisterUffd } from '../pagemap/uffd.ts';

/** vm.mmap_min_addr, below which userfaultfd takes nothing. */
const MMAP_MIN_ADDR = 65536n;

/** A fresh simulated machine that carries out steps: byte addresses in, results in the shape of the traces out. */
export function createExecutor(settings: MachineSettings): Executor {
  const machine = new Machine({ ...settings, heap: Number(settings.heap) });
  return new StepExecutor(machine, settings.arena);
}

/** The system-call layer of a scenario: alignment, lengths in bytes, which process runs. */
export class StepExecutor implements Executor {
  readonly machine: Machine;
  /** The process that the next step runs in. */
  process: SimulatedProcess;
  private readonly window: PageWindow;

  constructor(machine: Machine, arena: MachineSettings['arena']) {
    this.machine = machine;
    this.process = machine.init;
    const start = arena === null ? 0 : pageOfAddress(arena.start);
    this.window = { start, end: arena === null ? Infinity : start + arena.pages };
  }

  execute(step: Step): StepResult {
    const { process, window } = this;
    switch (step.op) {
      case 'mmap':
        return mapped(mmapArguments(process.mm, step), (request) => process.mmap(request));
      case 'munmap':
        return inPages(munmapArguments(process.mm, step.addr, step.len), (page, pages) =>
          process.munmap(page, pages),
        );
      case 'mprotect':
        return inPages(rangeArguments(step.addr, step.len, ENOMEM), (page, pages) =>
          process.mprotect(page, pages, rightsOf(step.prot)),
        );
      case 'madvise':
        return inPages(rangeArguments(step.addr, step.len, EINVAL), (page, pages) =>
          process.madvise(page, pages, step.advice),
        );
      case 'mremap':
        return mapped(mremapArguments(process.mm, step), (request) => process.mremap(request));
      case 'brk':
        return { ret: process.setBreak(Number(step.addr)) };
      case 'read':
      case 'write':
        return this.access(step);
      case 'clear_refs':
        return callResult(process.clearRefs(step.value ?? 4));
      case 'fork':
        return this.fork();
      case 'switch':
        return this.switchTo(step.process);
      case 'exit':
        return this.exit();
      case 'ioctl':
        return this.ioctl(step);
      case 'pagemap':
        return pagemapResult(process.mm, ...this.span(step.addr, step.len));
      case 'vmas':
        return vmasResult(process.mm, window);
      case 'ptes':
        return ptesResult(process.mm, window);
      case 'hugepages':
        return hugepagesResult(process.mm, window);
      case 'pin':
        return callResult(pinRange(process.mm, ...this.span(step.addr, step.len)));
      case 'unpin':
        return callResult(unpinRange(process.mm, ...this.span(step.addr, step.len)));
      case 'reclaim':
        return callResult(reclaimPages(process.mm, ...this.span(step.addr, step.len)));
      case 'migrate':
        return callResult(migrateRange(process.mm, ...this.span(step.addr, step.len)));
      case 'khugepaged':
        return callResult(khugepaged(process.mm));
      case 'truncate':
        truncateFile(process.mm, pagesOfBytes(step.len));
        return { ret: 0 };
      case 'uffd_register':
        return callResult(this.uffdRange(step.addr, step.len, registerUffd));
      case 'uffd_unregister':
        return callResult(this.uffdRange(step.addr, step.len, unregisterUffd));
      case 'uffd_writeprotect':
        return callResult(
          this.uffdRange(step.addr, step.len, (target, page, pages) =>
            protectWithUffd(target, page, pages, step.protect ?? true),
          ),
        );
      case 'pagemap_scan':
        return scanStep(process.mm, step);
    }
  }

  /** validate_range() of fs/userfaultfd.c. */
  private uffdRange(
    address: bigint,
    len: bigint,
    call: (mm: MmStruct, page: number, pages: number) => number,
  ): number {
    const end = BigInt(this.machine.memory.taskPages) * BigInt(PAGE_SIZE);
    if (!isAligned(address) || !isAligned(len) || len === 0n) return EINVAL;
    if (address < MMAP_MIN_ADDR || len > end - address) return EINVAL;
    return call(this.process.mm, pageOfAddress(address), pagesOfBytes(len));
  }

  /** The pages that [address, address + len) touches. */
  private span(address: bigint, len: bigint): [start: number, end: number] {
    return [pageOfAddress(address), pagesOfBytes(address + (len > 0n ? len : 0n))];
  }

  private access(step: StepOf<'read' | 'write'>): StepResult {
    const [start, end] = this.span(step.addr, step.len);
    const write = step.op === 'write';
    const result = write ? this.process.write(start, end - start) : this.process.read(start, end - start);
    return result === null ? { ret: 0 } : { signal: result.signal, page: result.page - start };
  }

  private fork(): StepResult {
    const child = this.process.fork();
    if (typeof child === 'number') return callResult(child);
    this.process = child;
    return { ret: 0 };
  }

  private switchTo(number: number): StepResult {
    const target = this.machine.processes[number];
    if (target === undefined || !target.alive) return callResult(ESRCH);
    this.process = target;
    return { ret: number };
  }

  private exit(): StepResult {
    let heir = this.process.parent;
    while (heir !== null && !heir.alive) heir = heir.parent;
    if (heir === null) return callResult(EPERM);
    this.process.exit();
    this.process = heir;
    return { ret: heir.id };
  }

  private ioctl(step: StepOf<'ioctl'>): StepResult {
    const { start, len, vecLen, flags, vec } = step;
    const result = pagemapIoctl(this.process.mm, {
      command: step.cmd,
      start,
      len,
      vecLen,
      flags,
      ...(vec === undefined ? {} : { vec }),
      ...(step.unstable === undefined ? {} : { unstable: pageOfAddress(step.unstable) }),
    });
    return ioctlResult(result, step.cmd, start);
  }
}

/** A call that returns an address. */
function mapped<T extends object>(request: T | number, call: (request: T) => number): StepResult {
  return callResult(typeof request === 'number' ? request : call(request), true);
}

function inPages(span: PageSpan | number, call: (page: number, pages: number) => number): StepResult {
  return callResult(typeof span === 'number' ? span : call(span.page, span.pages));
}
