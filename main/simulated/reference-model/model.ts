/**
 * The slow model: the 46 rules of the kernel traces and the kernel's own steps, written so that each can be checked
 * against them by reading. Pages are objects in a map, VMAs a sorted list. It exists to be compared with the engine;
 * nothing in the program runs on it. Mode `posted` is not part of it.
 */
import type { Executor, MachineSettings, Step, StepResult } from '../../scenarios/steps.ts';
import { clearRefs, ioctl } from './clear.ts';
import { access } from './faults.ts';
import { khugepaged, madvise } from './madvise.ts';
import { exit, fork, migrate, pin, reclaim, unpin } from './reclaim.ts';
import {
  entriesIn,
  Errno,
  hugeIn,
  Signal,
  type AnonVma,
  type Backing,
  type Entry,
  type Frame,
  type Huge,
  type Process,
} from './state.ts';
import { brk, mmap, mprotect, mremap, munmap, pageOf, truncate } from './system-calls.ts';
import { registerUffd, unregisterUffd, writeProtectUffd } from './uffd.ts';
import { hugepages, pagemap, ptes, vmas } from './views.ts';
import { pagemapScan } from './pagemap-scan.ts';
import { zap } from './zap.ts';

const MAX_PROCESSES = 64;

export class Model implements Executor {
  readonly machine: MachineSettings;
  readonly processes: Process[] = [];
  current: Process;
  /** The scenario's memfd. */
  readonly file: Backing = { pages: Infinity, cache: new Map(), compound: new Set() };
  /** Memory ran out once: from then on the model and the engine may differ, for no kernel says who gets the last page. */
  exhausted = false;
  private anonVmas = 0;

  constructor(machine: MachineSettings) {
    if (machine.mode !== 'documented') throw new Error('the slow model has no mode posted');
    this.machine = machine;
    this.current = this.newProcess(null);
  }

  get sticky(): boolean {
    return this.machine.profile === 'sticky-merge';
  }

  execute(step: Step): StepResult {
    try {
      return this.run(step);
    } catch (error) {
      if (error instanceof Errno) return { errno: error.message };
      throw error;
    }
  }

  newAnonVma(): AnonVma {
    return { id: this.anonVmas++ };
  }

  newProcess(parent: Process | null): Process {
    const heap = this.machine.heap;
    const process: Process = {
      ...{ parent, number: this.processes.length, alive: true, vmas: [], heap, brk: parent?.brk ?? heap },
      ...{ entries: new Map(), huge: new Map(), tables: new Set() },
    };
    this.processes.push(process);
    return process;
  }

  alive(): Process[] {
    return this.processes.filter((process) => process.alive);
  }

  /** Refuses what would populate more pages than the machine has. */
  charge(pages: number): void {
    const used = this.processes.reduce(
      (sum, process) => sum + process.entries.size + process.huge.size * 512,
      0,
    );
    if (used + pages <= this.machine.memoryPages) return;
    this.exhausted = true;
    throw new Signal('SIGKILL');
  }

  forEachEntry(start: number, end: number, visit: (entry: Entry) => void): void {
    for (const [, entry] of entriesIn(this.current, start, end)) visit(entry);
  }

  forEachHuge(start: number, end: number, visit: (huge: Huge) => void): void {
    for (const [, huge] of hugeIn(this.current, start, end)) visit(huge);
  }

  /** Every small entry that maps `frame`, in all processes. */
  mappings(frame: Frame): { process: Process; page: number; entry: Entry }[] {
    return this.alive().flatMap((process) =>
      [...process.entries].flatMap(([page, entry]) =>
        entry.frame === frame ? [{ process, page, entry }] : [],
      ),
    );
  }

  zapFile(process: Process, start: number, end: number): void {
    if (start < end) zap(process, start, end);
  }

  private run(step: Step): StepResult {
    switch (step.op) {
      case 'mmap':
        return { ret: mmap(this, step) };
      case 'munmap':
        return { ret: munmap(this, step) };
      case 'mprotect':
        return { ret: mprotect(this, step) };
      case 'mremap':
        return { ret: mremap(this, step) };
      case 'brk':
        return { ret: brk(this, step) };
      case 'madvise':
        return { ret: madvise(this, step) };
      case 'read':
      case 'write':
        return this.accessAll(step.addr, step.len, step.op === 'write');
      case 'clear_refs':
        return { ret: clearRefs(this, step) };
      case 'fork':
        return this.forkOnce();
      case 'switch':
        return this.switchTo(step.process);
      case 'exit':
        this.current = exit(this);
        return { ret: this.current.number };
      case 'ioctl':
        return ioctl(this, step);
      case 'pagemap':
        return pagemap(this, step);
      case 'vmas':
        return { ret: 0, vmas: vmas(this) };
      case 'ptes':
        return { ret: 0, ptes: ptes(this) };
      case 'hugepages':
        return { ret: 0, huge: hugepages(this) };
      case 'truncate':
        return { ret: truncate(this, step.len) };
      case 'khugepaged':
        return { ret: khugepaged(this) };
      case 'pagemap_scan':
        return pagemapScan(this, step);
      case 'uffd_register':
        return { ret: registerUffd(this, step) };
      case 'uffd_unregister':
        return { ret: unregisterUffd(this, step) };
      case 'uffd_writeprotect':
        return { ret: writeProtectUffd(this, step) };
      case 'pin':
      case 'unpin':
      case 'reclaim':
      case 'migrate': {
        const actions = { pin, unpin, reclaim, migrate };
        const start = pageOf(step.addr);
        return { ret: actions[step.op](this, start, pageOf(step.addr + step.len + 4095n)) };
      }
    }
  }

  private accessAll(addr: bigint, len: bigint, write: boolean): StepResult {
    const first = pageOf(addr);
    const end = len === 0n ? first : pageOf(addr + len - 1n) + 1;
    for (let page = first; page < end; page++) {
      try {
        access(this, page, write);
      } catch (error) {
        if (error instanceof Signal) return { signal: error.signal, page: page - first };
        throw error;
      }
    }
    return { ret: 0 };
  }

  private forkOnce(): StepResult {
    if (this.alive().length >= MAX_PROCESSES) return { errno: 'EAGAIN' };
    this.current = fork(this);
    return { ret: 0 };
  }

  private switchTo(number: number): StepResult {
    const process = this.processes[number];
    if (!process?.alive) return { errno: 'ESRCH' };
    this.current = process;
    return { ret: number };
  }
}
