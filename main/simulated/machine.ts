import { PAGE_SIZE, USER_PAGES_4_LEVEL, USER_PAGES_5_LEVEL } from '#shared/memory/page.ts';
import { Frames } from './mm/frames.ts';
import { Journal } from './events/emitter.ts';
import { MemoryObject, type ObjectKind } from './mm/memory-object.ts';
import { SimulatedProcess } from './process.ts';
import { flushTlb } from './mm/tlb.ts';
import type { AnonVma } from './mm/vma.ts';

/** The switches of a simulated machine. */
export interface MachineOptions {
  /** `documented`: the ioctl as its documentation says; `posted`: as PATCH v2's code does, defects shown. */
  readonly mode: 'documented' | 'posted';
  /** /sys/kernel/mm/transparent_hugepage/enabled. */
  readonly thp: 'always' | 'madvise' | 'never';
  /** Five-level page tables: user space ends at 2^56 - 4096. */
  readonly la57: boolean;
  /** Whether there is swap; without it anonymous memory is never reclaimed. */
  readonly swap: boolean;
  /** `sticky-merge`: a merge keeps VM_SOFTDIRTY if any part had it; `linux-6.1`: it is overwritten. */
  readonly profile: 'linux-6.1' | 'sticky-merge';
  /** fault_around_bytes: 4096 switches it off. */
  readonly faultAround: number;
  /** vm.max_map_count. */
  readonly maxMapCount: number;
  /** Pages that all processes together may populate; an access beyond it is killed. */
  readonly memoryPages: number;
  /** Processes that may exist; a fork beyond it fails with EAGAIN. At most 255. */
  readonly maxProcesses: number;
  /** First byte of the heap (mm->start_brk), page aligned. */
  readonly heap: number;
}

export const DEFAULT_OPTIONS: MachineOptions = {
  mode: 'documented',
  thp: 'madvise',
  la57: false,
  swap: true,
  profile: 'linux-6.1',
  faultAround: 65536,
  maxMapCount: 65530,
  memoryPages: Infinity,
  maxProcesses: 64,
  heap: 0x555555559000,
};

/**
 * A simulated machine: switches, processes, the pages they share. Deterministic: no clock, no chance.
 * `journal` tells listeners everything that happens, in order.
 */
export class Machine {
  options: MachineOptions;
  readonly journal = new Journal(
    (event) => flushTlb(this, event),
    () => this.processes.forEach((process) => process.tlb.flush()),
  );
  /** By number; the first is 0. Ended ones stay, empty. */
  readonly processes: SimulatedProcess[] = [];
  readonly frames: Frames;
  /** Entries that are not none, of all processes; a huge page counts 512. */
  populated = 0;
  /** Numbers given out so far. */
  anonVmas = 0;
  objects = 0;
  /** The one memfd of a scenario; made when it is first mapped. */
  private memfd: MemoryObject | null = null;

  constructor(options: Partial<MachineOptions> = {}) {
    this.options = { ...DEFAULT_OPTIONS, ...options };
    this.frames = new Frames(this.journal);
    this.addProcess(null);
  }

  /** Turns switches of the running machine; `la57` and `heap` mean something only when it is made. */
  configure(changes: Partial<MachineOptions>): void {
    this.options = { ...this.options, ...changes };
  }

  /** The process that every machine starts with. */
  get init(): SimulatedProcess {
    return this.processes[0];
  }

  /** Pages of user address space: TASK_SIZE. */
  get taskPages(): number {
    return this.options.la57 ? USER_PAGES_5_LEVEL : USER_PAGES_4_LEVEL;
  }

  /** fault_around_bytes in pages, at least 1. */
  get faultAroundPages(): number {
    return Math.max(1, Math.floor(this.options.faultAround / PAGE_SIZE));
  }

  addProcess(parent: SimulatedProcess | null): SimulatedProcess {
    const process = new SimulatedProcess(this, this.processes.length, parent);
    this.processes.push(process);
    if (this.journal.on) {
      this.journal.emit({ type: 'process-made', process: process.id, parent: parent?.id ?? null });
    }
    return process;
  }

  newAnonVma(): AnonVma {
    const id = ++this.anonVmas;
    if (this.journal.on) this.journal.emit({ type: 'anon-vma-made', id });
    return { id };
  }

  /** `size` in pages; Infinity for a file without an end. */
  newObject(kind: ObjectKind, size: number): MemoryObject {
    const id = ++this.objects;
    if (this.journal.on) this.journal.emit({ type: 'object-made', id });
    return new MemoryObject(id, kind, size, this.journal);
  }

  /** The file that `file-private` and `file-shared` mappings are of. */
  get file(): MemoryObject {
    this.memfd ??= new MemoryObject(0, 'file', Infinity, this.journal);
    return this.memfd;
  }

  /** Whether `pages` more may be populated. */
  hasRoom(pages: number): boolean {
    return this.populated + pages <= this.options.memoryPages;
  }
}
