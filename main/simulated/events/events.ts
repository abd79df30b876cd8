import type { MemoryObject } from '../mm/memory-object.ts';
import type { PmdState, TileState } from '../mm/tile.ts';
import type { VmaChange } from '../mm/vma-list.ts';
import type { Vma } from '../mm/vma.ts';

/** One page-table entry: flags of tile.ts, frame of a page shared by a fork, pins. */
export interface EntryState {
  readonly flags: number;
  readonly frame: number;
  readonly pins: number;
}

/** Why a PMD entry changed. */
export type PmdChange =
  | 'table-made'
  | 'table-freed'
  | 'huge-mapped'
  | 'huge-moved'
  | 'huge-changed'
  | 'huge-split'
  | 'huge-zapped'
  | 'collapsed';

/** Why many entries of a page table changed at once. */
export type EntriesChange = 'access' | 'clear' | 'zap' | 'protect' | 'fork' | 'move' | 'reclaim' | 'advice';

/** How a fault was answered. */
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

/** How often a page is mapped: entries present, entries in swap. */
export interface FrameState {
  readonly mapped: number;
  readonly swapped: number;
}

/** One page of a file or of shared memory: in the page cache, and entries that map it. */
export interface CachePageState {
  readonly cached: boolean;
  readonly mapped: number;
}

/**
 * What the machine did. Those of StateEvent change its state, and undo.ts can take them back, last first; the others
 * only tell why.
 */
export type StateEvent =
  | {
      readonly type: 'vmas';
      readonly process: number;
      readonly change: VmaChange;
      /** Place in the list of VMAs. */
      readonly index: number;
      readonly before: readonly Vma[];
      readonly after: readonly Vma[];
    }
  | {
      readonly type: 'entry';
      readonly process: number;
      readonly page: number;
      readonly before: EntryState;
      readonly after: EntryState;
    }
  | {
      readonly type: 'entries';
      readonly process: number;
      /** First page of the tile. */
      readonly page: number;
      readonly change: EntriesChange;
      readonly before: TileState;
      readonly after: TileState;
    }
  | {
      readonly type: 'pmd';
      readonly process: number;
      readonly page: number;
      readonly change: PmdChange;
      readonly before: PmdState;
      readonly after: PmdState;
    }
  | {
      /** A table above the PMD entries was made or freed; level 2 holds PMD entries, 3 PUD, 4 PGD or P4D. */
      readonly type: 'directory';
      readonly process: number;
      readonly level: number;
      readonly page: number;
      readonly before: boolean;
      readonly after: boolean;
    }
  | {
      /** A whole table went to another address (mremap): level 1 holds PTEs, 2 PMD entries. */
      readonly type: 'table-moved';
      readonly process: number;
      readonly level: 1 | 2;
      readonly before: number;
      readonly after: number;
    }
  | {
      readonly type: 'frame';
      readonly frame: number;
      readonly before: FrameState;
      readonly after: FrameState;
    }
  | {
      readonly type: 'frame-block';
      readonly block: number;
      readonly before: boolean;
      readonly after: boolean;
      /** Never used before. */
      readonly fresh: boolean;
    }
  | {
      readonly type: 'cache';
      readonly object: MemoryObject;
      /** Page offset in the object. */
      readonly pgoff: number;
      readonly before: CachePageState;
      readonly after: CachePageState;
    }
  | {
      /** 512 pages of an object became one huge page, or no longer are. */
      readonly type: 'cache-huge';
      readonly object: MemoryObject;
      readonly pgoff: number;
      readonly before: boolean;
      readonly after: boolean;
    }
  | {
      readonly type: 'object-size';
      readonly object: MemoryObject;
      readonly before: number;
      readonly after: number;
    }
  | { readonly type: 'object-made'; readonly id: number }
  | { readonly type: 'anon-vma-made'; readonly id: number }
  | { readonly type: 'brk'; readonly process: number; readonly before: number; readonly after: number }
  | { readonly type: 'process-made'; readonly process: number; readonly parent: number | null }
  | { readonly type: 'process-ended'; readonly process: number };

/** One level of a page-table walk: what the entry for the address holds. */
export interface WalkStep {
  /** 5 PGD of LA57 … 1 PTE. */
  readonly level: number;
  readonly index: number;
  readonly found: 'none' | 'table' | 'page' | 'huge-page' | 'swap' | 'marker';
}

/** Arguments of a call, by name. */
export type CallArguments = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type TellingEvent =
  | {
      readonly type: 'access';
      readonly process: number;
      readonly page: number;
      readonly write: boolean;
      readonly tlb: 'hit' | 'miss';
      /** The levels that a miss walks, top first; empty on a hit. */
      readonly walk: readonly WalkStep[];
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

export type MachineEvent = StateEvent | TellingEvent;
