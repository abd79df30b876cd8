import type { EntryEvent } from './entry.ts';
import type { EventSink } from './event-sink.ts';
import type { FrameEvent } from './frames.ts';
import type { MemoryObjectEvent } from './memory-object.ts';
import type { PageTableEvent } from './page-table.ts';
import type { TlbEvent } from './tlb.ts';
import type { Vma } from './vma.ts';
import type { VmasEvent } from './vma-list.ts';
import type { WalkedLevel } from './walk.ts';

/** How a fault was resolved, or the signal that it ended with. */
export type FaultKind =
  | 'zero-page'
  | 'new-page'
  | 'huge-zero-page'
  | 'huge-page'
  | 'copy-on-write'
  | 'reuse'
  | 'huge-reuse'
  | 'file-page'
  | 'swap-in'
  | 'write-notify'
  | 'uffd-wp-resolved'
  | 'SIGSEGV'
  | 'SIGBUS'
  | 'SIGKILL';

/** A change of the machine's state. events/undo.ts reverts these, last first. */
export type StateEvent =
  | VmasEvent
  | EntryEvent
  | PageTableEvent
  | FrameEvent
  | MemoryObjectEvent
  | TlbEvent
  | { readonly type: 'object-made'; readonly id: number }
  | { readonly type: 'anon-vma-made'; readonly id: number }
  | { readonly type: 'brk'; readonly process: number; readonly before: number; readonly after: number }
  | { readonly type: 'process-made'; readonly process: number; readonly parent: number | null }
  | { readonly type: 'process-ended'; readonly process: number };

/** Arguments of a call, by name. */
export type CallArguments = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The reason for changes of state; changes nothing itself. */
type CauseEvent =
  | {
      readonly type: 'access';
      readonly process: number;
      readonly page: number;
      readonly write: boolean;
      /** `stale`: cached without the right to write or the D bit that the entry has now: the processor walks again. */
      readonly tlb: 'hit' | 'miss' | 'stale';
      /** The levels that are walked, top first; empty on a hit. */
      readonly walk: readonly WalkedLevel[];
      /** The VMA of the page; null if nothing is mapped. */
      readonly vma: Vma | null;
    }
  | {
      readonly type: 'fault';
      readonly process: number;
      readonly page: number;
      readonly write: boolean;
      readonly kind: FaultKind;
    }
  | {
      /** A system call or a request to procfs begins; addresses in pages. */
      readonly type: 'call';
      readonly process: number;
      readonly name: string;
      readonly args: CallArguments;
    }
  | {
      /** It ends: what it returns, 0 or more, or a negative error number. */
      readonly type: 'return';
      readonly process: number;
      readonly name: string;
      readonly result: number;
    }
  | { readonly type: 'defect'; readonly id: string };

export type MachineEvent = StateEvent | CauseEvent;

/** Pages of one process. */
export interface Focus {
  readonly process: number;
  readonly start: number;
  readonly end: number;
}

/** Where everything in a machine reports its events; implemented by events/emitter.ts. */
export interface MachineEvents extends EventSink<MachineEvent> {
  /** Pages whose accesses are reported one by one, which is slow; null: all pages. */
  readonly focus: Focus | null;
  /** Pages of one access that are reported one by one; those after them as changes of entries, a page table at a time. */
  readonly maxTraced: number;
}
