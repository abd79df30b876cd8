import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { CallArguments, MachineEvents } from './events.ts';
import type { Memory } from './memory.ts';
import { PageTable } from './page-table.ts';
import { Tlb } from './tlb.ts';
import { VmaList } from './vma-list.ts';

/**
 * One address space (struct mm_struct): VMAs, page table, heap. It only holds state; what changes it are the functions
 * in mapping/, fault/, reclaim/, collapse/, syscalls/, soft-dirty/ and pagemap/.
 */
export class MmStruct {
  /** Number of the process, from 0. */
  readonly id: number;
  readonly parent: MmStruct | null;
  readonly memory: Memory;
  readonly events: MachineEvents;
  /** The address spaces of the machine, by number; ended ones stay, empty. */
  readonly mmlist: readonly MmStruct[];
  alive = true;
  readonly vmas: VmaList;
  readonly table: PageTable;
  /** Used for events only: filled while there is a listener. */
  readonly tlb: Tlb;
  /** mm->start_brk and mm->brk, in bytes. */
  readonly heapStart: number;
  brk: number;

  private constructor(memory: Memory, events: MachineEvents, mmlist: MmStruct[], parent: MmStruct | null) {
    this.id = mmlist.length;
    this.parent = parent;
    this.memory = memory;
    this.events = events;
    this.mmlist = mmlist;
    this.vmas = new VmaList(events, this.id);
    this.table = new PageTable(memory.options.la57 ? 5 : 4, events, this.id);
    this.tlb = new Tlb(this.table, events, this.id);
    this.heapStart = memory.options.heap;
    this.brk = parent?.brk ?? this.heapStart;
  }

  /** The first, empty address space of a machine; `mmlist` gets it and all that fork() adds. */
  static first(memory: Memory, events: MachineEvents, mmlist: MmStruct[]): MmStruct {
    return MmStruct.add(memory, events, mmlist, null);
  }

  /** An empty address space for a child. */
  newChild(): MmStruct {
    return MmStruct.add(this.memory, this.events, this.mmlist as MmStruct[], this);
  }

  private static add(
    memory: Memory,
    events: MachineEvents,
    mmlist: MmStruct[],
    parent: MmStruct | null,
  ): MmStruct {
    const mm = new MmStruct(memory, events, mmlist, parent);
    mmlist.push(mm);
    if (events.active) events.emit({ type: 'process-made', process: mm.id, parent: parent?.id ?? null });
    return mm;
  }

  /** First page of the heap. */
  get heapPage(): number {
    return Math.floor(this.heapStart / PAGE_SIZE);
  }

  /** Runs a call between the events that report its start and its result. */
  call(name: string, args: CallArguments, action: () => number): number {
    if (!this.events.active) return action();
    this.events.emit({ type: 'call', process: this.id, name, args });
    const result = action();
    this.events.emit({ type: 'return', process: this.id, name, result });
    return result;
  }
}
