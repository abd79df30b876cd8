import type { MemoryObject } from './memory-object.ts';

/** Identity of a set of anonymous pages that may be found from one another (struct anon_vma). */
export interface AnonVma {
  readonly id: number;
}

/** No anonymous page was ever made: vma->anon_vma_chain is empty. */
export const NO_CHAIN: readonly AnonVma[] = [];

interface VmaFields {
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly prot: number;
  readonly pgoff: number;
  readonly object: MemoryObject | null;
  readonly anonVma: AnonVma | null;
  readonly chain: readonly AnonVma[];
}

/**
 * One VMA (struct vm_area_struct) of the simulated address space. Immutable: a change replaces it by a new one, so
 * that events and undo can keep the old one.
 */
export class Vma implements VmaFields {
  /** First page. */
  readonly start: number;
  /** First page after it. */
  readonly end: number;
  /** VM_* of vm-flags.ts. */
  readonly flags: number;
  /** vm_page_prot, PROT_* of vm-flags.ts: recomputed by mmap, mprotect and clearing, not by madvise or mremap. */
  readonly prot: number;
  /** Page offset into the object; for private anonymous memory the page number at which it was mapped. */
  readonly pgoff: number;
  /** The file or shared memory behind it; null for private anonymous memory. */
  readonly object: MemoryObject | null;
  readonly anonVma: AnonVma | null;
  /** Own and inherited anon_vmas; more than one after a fork. */
  readonly chain: readonly AnonVma[];

  constructor(fields: VmaFields) {
    this.start = fields.start;
    this.end = fields.end;
    this.flags = fields.flags;
    this.prot = fields.prot;
    this.pgoff = fields.pgoff;
    this.object = fields.object;
    this.anonVma = fields.anonVma;
    this.chain = fields.chain;
  }

  with(changes: Partial<VmaFields>): Vma {
    return new Vma({ ...this, ...changes });
  }

  /** The piece [start, end), with the page offset that belongs to it. */
  piece(start: number, end: number): Vma {
    return this.with({ start, end, pgoff: this.pgoffOf(start) });
  }

  /** Page offset of `page`, which may lie outside. */
  pgoffOf(page: number): number {
    return this.pgoff + (page - this.start);
  }

  get pages(): number {
    return this.end - this.start;
  }

  /** vma_is_anonymous(). */
  get anonymous(): boolean {
    return this.object === null;
  }
}
