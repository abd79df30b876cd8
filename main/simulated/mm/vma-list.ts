import { lowerBound } from '#shared/memory/lower-bound.ts';
import type { EventSink } from './event-sink.ts';
import type { Vma } from './vma.ts';

/** Why VMAs were replaced by others. */
export type VmaChange =
  | 'map'
  | 'unmap'
  | 'split'
  | 'merge'
  | 'grow'
  | 'flags'
  | 'soft-dirty'
  | 'anon-vma'
  | 'fork'
  | 'exit';

export interface VmasEvent {
  readonly type: 'vmas';
  readonly process: number;
  readonly change: VmaChange;
  /** Position in the list of VMAs. */
  readonly index: number;
  readonly before: readonly Vma[];
  readonly after: readonly Vma[];
}

/** The VMAs of a process, ascending, not overlapping. */
export class VmaList {
  private readonly items: Vma[] = [];
  private readonly events: EventSink<VmasEvent>;
  private readonly process: number;
  /** Where the last search ended: accesses are local. */
  private hint = 0;

  constructor(events: EventSink<VmasEvent>, process: number) {
    this.events = events;
    this.process = process;
  }

  /** mm->map_count. */
  get count(): number {
    return this.items.length;
  }

  all(): readonly Vma[] {
    return this.items;
  }

  /** The VMA at `index`, or undefined past either end. */
  at(index: number): Vma | undefined {
    return this.items[index];
  }

  /** find_vma(): index of the first VMA that ends after `page`; `count` if there is none. */
  indexAfter(page: number): number {
    const items = this.items;
    const hint = this.hint;
    const near = items[hint];
    if (
      near !== undefined &&
      page < near.end &&
      (page >= near.start || hint === 0 || page >= items[hint - 1].end)
    ) {
      return hint;
    }
    this.hint = lowerBound(0, items.length, (index) => items[index].end > page);
    return this.hint;
  }

  /** vma_lookup(): the VMA that holds `page`, or null. */
  lookup(page: number): Vma | null {
    const vma = this.items[this.indexAfter(page)];
    return vma !== undefined && vma.start <= page ? vma : null;
  }

  /** Whether any VMA has a page in [start, end). */
  overlaps(start: number, end: number): boolean {
    const vma = this.items[this.indexAfter(start)];
    return vma !== undefined && vma.start < end;
  }

  /** Index of `vma` itself, which must be in the list. */
  indexOf(vma: Vma): number {
    const index = this.indexAfter(vma.start);
    if (this.items[index] !== vma) throw new Error(`VMA at page ${vma.start} is not in the list`);
    return index;
  }

  /** Replaces `removed` VMAs from `index` on by `inserted`. */
  replace(index: number, removed: number, inserted: readonly Vma[], change: VmaChange): void {
    const old =
      removed === 1 && inserted.length === 1
        ? this.swap(index, inserted[0])
        : this.items.splice(index, removed, ...inserted);
    if (this.events.active) {
      this.events.emit({ type: 'vmas', process: this.process, change, index, before: old, after: inserted });
    }
  }

  private swap(index: number, vma: Vma): Vma[] {
    const old = [this.items[index]];
    this.items[index] = vma;
    return old;
  }
}
