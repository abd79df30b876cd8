import { PAGE_SIZE, pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import type {
  AccessStep,
  Executor,
  IoctlStep,
  MachineSettings,
  MmapStep,
  MremapStep,
  Step,
  StepResult,
} from '../scenarios/steps.ts';
import { EFAULT, EINVAL, ENOMEM, EOVERFLOW, EPERM, ESRCH } from './errno.ts';
import { pagemapIoctl } from './ioctl.ts';
import { khugepaged } from './khugepaged.ts';
import { Machine } from './machine.ts';
import { migrateRange } from './migrate.ts';
import { pinRange, unpinRange } from './pin.ts';
import type { SimulatedProcess } from './process.ts';
import { reclaimPages } from './reclaim.ts';
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
import { truncateFile } from './truncate.ts';
import { protectWithUffd, registerUffd, unregisterUffd } from './uffd.ts';
import { VM_EXEC, VM_READ, VM_WRITE } from './vm-flags.ts';

const PAGE = BigInt(PAGE_SIZE);
/** Offset 0 of the scenario's file lies here unless a mmap says otherwise. */
const FILE_START = 0x100000000n;

const aligned = (address: bigint): boolean => address % PAGE === 0n;

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
        return callResult(this.mmap(step), true);
      case 'munmap':
        return callResult(this.range(step.addr, (page) => process.munmap(page, pagesOfBytes(step.len))));
      case 'mprotect':
        return callResult(
          this.range(step.addr, (page) => process.mprotect(page, pagesOfBytes(step.len), rights(step.prot))),
        );
      case 'madvise':
        return callResult(
          this.range(step.addr, (page) => process.madvise(page, pagesOfBytes(step.len), step.advice)),
        );
      case 'mremap':
        return callResult(this.mremap(step), true);
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
        return pagemapResult(process, ...this.span(step.addr, step.len));
      case 'vmas':
        return vmasResult(process, window);
      case 'ptes':
        return ptesResult(process, window);
      case 'hugepages':
        return hugepagesResult(process, window);
      case 'pin':
        return callResult(pinRange(process, ...this.span(step.addr, step.len)));
      case 'unpin':
        return callResult(unpinRange(process, ...this.span(step.addr, step.len)));
      case 'reclaim':
        return callResult(reclaimPages(process, ...this.span(step.addr, step.len)));
      case 'migrate':
        return callResult(migrateRange(process, ...this.span(step.addr, step.len)));
      case 'khugepaged':
        return callResult(khugepaged(process));
      case 'truncate':
        truncateFile(this.machine, pagesOfBytes(step.len));
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
        return scanStep(process, step);
    }
  }

  /** EINVAL where the address is not page aligned. */
  private range(address: bigint, call: (page: number) => number): number {
    return aligned(address) ? call(pageOfAddress(address)) : EINVAL;
  }

  private uffdRange(
    address: bigint,
    len: bigint,
    call: (process: SimulatedProcess, page: number, pages: number) => number,
  ): number {
    if (!aligned(address) || !aligned(len) || len <= 0n) return EINVAL;
    return call(this.process, pageOfAddress(address), pagesOfBytes(len));
  }

  /** The pages that [address, address + len) touches. */
  private span(address: bigint, len: bigint): [start: number, end: number] {
    return [pageOfAddress(address), pagesOfBytes(address + (len > 0n ? len : 0n))];
  }

  private mmap(step: MmapStep): number {
    const place = step.place ?? 'noreplace';
    const pages = pagesOfBytes(step.len);
    if (step.len <= 0n) return EINVAL;
    const isFile = step.kind === 'file-private' || step.kind === 'file-shared';
    const offset = step.offset ?? (isFile ? step.addr - FILE_START : 0n);
    if (place !== 'hint' && !aligned(step.addr)) {
      return step.addr + step.len > BigInt(this.machine.taskPages) * PAGE ? ENOMEM : EINVAL;
    }
    if (!aligned(offset)) return EINVAL;
    if (offset < 0n) return EOVERFLOW;
    return this.process.mmap({
      page: pageOfAddress(step.addr),
      pages,
      rights: rights(step.prot),
      kind: step.kind,
      place,
      pgoff: pageOfAddress(offset),
    });
  }

  private mremap(step: MremapStep): number {
    if (!aligned(step.addr) || (step.dontunmap === true && step.len !== step.newLen)) return EINVAL;
    const page = pageOfAddress(step.addr);
    if (step.newAddr !== undefined && !aligned(step.newAddr)) {
      return step.newLen > 0n && this.process.vmas.lookup(page) === null ? EFAULT : EINVAL;
    }
    return this.process.mremap({
      page,
      pages: pagesOfBytes(step.len),
      newPages: pagesOfBytes(step.newLen),
      ...(step.newAddr === undefined ? {} : { newPage: pageOfAddress(step.newAddr) }),
      mayMove: step.mayMove ?? false,
      dontUnmap: step.dontunmap ?? false,
    });
  }

  private access(step: AccessStep): StepResult {
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

  private ioctl(step: IoctlStep): StepResult {
    const { start, len, vecLen, flags, vec } = step;
    const result = pagemapIoctl(this.process, {
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

function rights(protection: string): number {
  let flags = protection.includes('r') ? VM_READ : 0;
  if (protection.includes('w')) flags |= VM_WRITE;
  return protection.includes('x') ? flags | VM_EXEC : flags;
}
