import { formatPage, PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import type { PageEvent } from '#shared/source/page-walk.ts';
import type { EntriesChange } from '../mm/entry.ts';
import type { FaultKind, MachineEvent, StateEvent } from '../mm/events.ts';
import type { PmdChange } from '../mm/page-table.ts';
import type { MachineEmitter } from '../events/emitter.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  GUARD,
  PLANES,
  PRESENT,
  SOFT,
  SWAP,
  UFFD_WP,
  WRITABLE,
  type PmdState,
  type TileState,
} from '../mm/tile.ts';
import { VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { VmaChange } from '../mm/vma-list.ts';
import type { Vma } from '../mm/vma.ts';

const MAX_EVENTS = 24;
/** Samples without a read after which it stops listening. */
const MAX_UNREAD_SAMPLES = 40;

const KERNEL_CAUSES: Partial<Record<EntriesChange | PmdChange, string>> = {
  reclaim: 'The kernel reclaims memory',
  collapsed: 'khugepaged collapses 512 pages into a huge page',
  clear: 'Soft-dirty bits are cleared',
};
const PMD_EFFECTS: Readonly<Record<PmdChange, string>> = {
  'table-made': 'a page table was made',
  'table-freed': 'the page table was freed',
  'huge-mapped': 'a huge page was mapped',
  'huge-moved': 'the huge page came from another address',
  'huge-changed': 'huge page',
  'huge-split': 'the huge page was split into 512 entries, each with its bits',
  'huge-zapped': 'the huge page was unmapped',
  collapsed: 'its page table became one huge page, all of which reads as written',
};
const VMA_EFFECTS: Partial<Record<VmaChange, string>> = {
  map: 'the VMA is new',
  merge: 'the VMA was merged with a new one',
  grow: 'the VMA grew',
  fork: 'the VMA was copied',
};

/**
 * Records what happens to the entry of one page of a simulated process, and the cause. It listens to the machine only while
 * it is read: a machine with a listener is slower.
 */
export class PageEvents {
  private readonly mm: MmStruct;
  private readonly emitter: MachineEmitter;
  private page = -1;
  private events: PageEvent[] = [];
  private count = 0;
  private stop: (() => void) | null = null;
  private unread = 0;
  private readonly calls: string[] = [];
  private access: { readonly page: number; readonly write: boolean } | null = null;

  constructor(mm: MmStruct, emitter: MachineEmitter) {
    this.mm = mm;
    this.emitter = emitter;
  }

  /** The events of `page` since the first call for it. */
  of(page: number): PageEvent[] {
    this.unread = 0;
    if (page !== this.page || this.stop === null) {
      this.close();
      this.page = page;
      this.events = [];
      this.count = 0;
      const start = this.base();
      // Any change of its page table or huge page can concern it.
      const focus = { process: this.mm.id, start, end: start + PAGES_PER_TILE };
      this.stop = this.emitter.listen((event) => this.onEvent(event), { focus });
    }
    return [...this.events];
  }

  /** Counts a sample; after too many without a read it stops listening. */
  sampled(): void {
    if (this.stop !== null && ++this.unread > MAX_UNREAD_SAMPLES) this.close();
  }

  close(): void {
    this.stop?.();
    this.stop = null;
    this.page = -1;
    this.calls.length = 0;
  }

  private onEvent(event: MachineEvent): void {
    if (!('process' in event) || event.process !== this.mm.id) return;
    switch (event.type) {
      case 'call':
        this.calls.push(event.name);
        this.access = null;
        break;
      case 'return':
        this.calls.pop();
        break;
      case 'access':
        this.access = event;
        break;
      case 'fault':
        this.explainFault(event.page, event.kind);
        break;
      case 'vmas':
        this.onVmas(event.change, event.before, event.after);
        break;
      case 'entry':
        if (event.page === this.page) this.note(event.before.flags, event.after.flags, '');
        break;
      case 'entries':
        if (event.page === this.base()) {
          this.note(this.ofTable(event.before), this.ofTable(event.after), '', KERNEL_CAUSES[event.change]);
        }
        break;
      case 'pmd':
        if (tileOfPage(event.page) === tileOfPage(this.page)) this.onPmd(event);
        break;
      default:
        break;
    }
  }

  private base(): number {
    return tileOfPage(this.page) * PAGES_PER_TILE;
  }

  /** Flags of the page's entry in a table. */
  private ofTable({ words }: TileState): number {
    const index = this.page - this.base();
    let flags = 0;
    for (let plane = 0; plane < PLANES; plane++) {
      flags |= ((words[plane * WORDS_PER_TILE + (index >>> 5)] >>> (index & 31)) & 1) << plane;
    }
    return flags;
  }

  private ofPmd(state: PmdState): number {
    if (state === null) return 0;
    return state.kind === 'huge' ? state.flags : this.ofTable(state.table);
  }

  private onPmd({ change, before, after }: StateEvent & { readonly type: 'pmd' }): void {
    if (change === 'table-made' || change === 'table-freed') return;
    this.note(this.ofPmd(before), this.ofPmd(after), PMD_EFFECTS[change], KERNEL_CAUSES[change], true);
  }

  private onVmas(change: VmaChange, before: readonly Vma[], after: readonly Vma[]): void {
    const holds = (vma: Vma): boolean => this.page >= vma.start && this.page < vma.end;
    const [old, now] = [before.find(holds), after.find(holds)];
    const fresh = (vma: Vma | undefined): boolean => vma !== undefined && (vma.flags & VM_SOFTDIRTY) !== 0;
    if (old === now || (fresh(old) === fresh(now) && (old === undefined) === (now === undefined))) return;
    const what = now === undefined ? 'the VMA was unmapped' : (VMA_EFFECTS[change] ?? 'the VMA changed');
    const bit = fresh(now) === fresh(old) ? '' : `: VM_SOFTDIRTY ${arrow(fresh(old), fresh(now))}`;
    const marked = fresh(now) ? 'set' : fresh(old) ? 'cleared' : 'same';
    this.add(this.cause(change === 'soft-dirty' ? KERNEL_CAUSES.clear : undefined), `${what}${bit}`, marked);
  }

  private note(before: number, after: number, what: string, kernelCause?: string, always = false): void {
    const changes = describe(before, after);
    if (changes === '' && !always) return;
    const [old, now] = [(before & SOFT) !== 0, (after & SOFT) !== 0];
    const effect = [what, changes].filter((part) => part !== '').join('; ');
    this.add(this.cause(kernelCause), effect, old === now ? 'same' : now ? 'set' : 'cleared');
  }

  private add(cause: string, effect: string, bit: PageEvent['bit']): void {
    this.events.push({ number: ++this.count, cause, effect, bit });
    if (this.events.length > MAX_EVENTS) this.events.shift();
  }

  private cause(kernelCause?: string): string {
    const call = this.calls.at(-1);
    if (call !== undefined) return `${call}()`;
    if (kernelCause !== undefined) return kernelCause;
    if (this.access === null) return 'The kernel';
    const { page, write } = this.access;
    const did = write ? 'Write' : 'Read';
    return page === this.page
      ? `${did} of this page`
      : `${did} of ${formatPage(page)}, in the same huge page`;
  }

  /** A fault is reported after the changes that it made. */
  private explainFault(page: number, kind: FaultKind): void {
    const last = this.events.at(-1);
    if (!last || this.access?.page !== page || tileOfPage(page) !== tileOfPage(this.page)) return;
    if (last.cause !== this.cause() || last.cause.includes('fault')) return;
    this.events[this.events.length - 1] = {
      ...last,
      cause: `${last.cause}: fault, ${kind.replaceAll('-', ' ')}`,
    };
  }
}

const arrow = (before: boolean, after: boolean): string => `${before ? 1 : 0} → ${after ? 1 : 0}`;

const NAMES: readonly (readonly [number, string])[] = [
  [PRESENT, 'P'],
  [WRITABLE, 'RW'],
  [SOFT, 'SD'],
  [SWAP, 'swap'],
  [GUARD, 'guard'],
  [UFFD_WP, 'uffd-wp'],
];

/** What changed between two entries: `SD 0 → 1, RW 0 → 1`. Accessed and dirty, which change all the time, are left out. */
function describe(before: number, after: number): string {
  return NAMES.filter(([bit]) => ((before ^ after) & bit) !== 0)
    .map(([bit, name]) => `${name} ${arrow((before & bit) !== 0, (after & bit) !== 0)}`)
    .join(', ');
}
