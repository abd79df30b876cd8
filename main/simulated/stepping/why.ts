import type { WrittenChain, ChainLink } from '#shared/source/page-walk.ts';
import { formatPage, PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { SOFT } from '../mm/tile.ts';
import { VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { entryOf, flagNames, pmdEntryOf } from './entry-flags.ts';
import type { StepPlayer } from './step-player.ts';
import { changesPages } from './touches.ts';

/** Links that are listed; a page that is written all the time between two clears has few. */
const MAX_LINKS = 100;

/** Calls that clear soft-dirty bits. */
export const CLEARING_CALLS: ReadonlySet<string> = new Set(['clear_refs', 'CLEAR', 'GET_AND_CLEAR', 'ioctl']);

/**
 * Why a page counts as written at the player's position: what changed its entry or its VMA since the last clear, oldest
 * first, each with its sub-step. A page of a child goes back into the parent, from which fork copied it.
 */
export function writtenChain(player: StepPlayer, page: number): WrittenChain {
  const tracer = new Tracer(page, player.process, markedAt(player.mm, page));
  const { links, state } = tracer;
  let since = 'the beginning of the program';
  for (let at = callAt(player); at >= 0 && links.length < MAX_LINKS; at--) {
    const call = player.calls[at];
    if (!tracer.isTouchedBy(call.events)) continue;
    // Only a clear after which the page did not count is the beginning: NO_REUSED_REGIONS leaves VM_SOFTDIRTY.
    const counted = state.entry || state.vma;
    let cleared = false;
    const last = Math.min(player.position, call.first + call.outlines.length);
    for (let number = last; number > call.first; number--) {
      for (const event of player.events(number).toReversed()) {
        const bit = tracer.undo(event, number, call.text);
        cleared ||= bit === 'cleared' && CLEARING_CALLS.has(call.op);
      }
    }
    if (!cleared || counted) continue;
    since = `call ${call.index + 1}, ${call.text}`;
    break;
  }
  return { since, numbers: 'sub-steps', links: links.toReversed() };
}

/** Follows a page back in time, through fork into the parent. */
class Tracer {
  /** Newest first. */
  readonly links: ChainLink[] = [];
  readonly state: Marked;
  private readonly page: number;
  private process: number;

  constructor(page: number, process: number, state: Marked) {
    this.page = page;
    this.process = process;
    this.state = state;
  }

  isTouchedBy(events: readonly MachineEvent[]): boolean {
    return events.some((event) => this.changesPage(event) || this.isFork(event));
  }

  /** Goes to before the event. Returns what the event did with the bit, or null if it did not concern the page. */
  undo(event: MachineEvent, number: number, call: string): ChainLink['bit'] | null {
    const link = this.linkOf(event, number, call);
    if (link !== null) this.links.push(link);
    return link?.bit ?? null;
  }

  private linkOf(event: MachineEvent, number: number, call: string): ChainLink | null {
    if (this.isFork(event) && event.parent !== null) {
      this.process = event.parent;
      return forkLink(number, call, event.parent);
    }
    if (!this.changesPage(event)) return null;
    unmark(this.state, event, this.page);
    return linkOf(event, this.page, number, call);
  }

  private changesPage(event: MachineEvent): boolean {
    return changesPages(event, this.process, this.page, this.page + 1);
  }

  private isFork(event: MachineEvent): event is Extract<MachineEvent, { type: 'process-made' }> {
    return event.type === 'process-made' && event.process === this.process;
  }
}

/** Where a page is marked as written: in its entry, and by VM_SOFTDIRTY. */
interface Marked {
  entry: boolean;
  vma: boolean;
}

export function markedAt(mm: MmStruct, page: number): Marked {
  const tile = mm.table.find(page);
  const vma = mm.vmas.lookup(page);
  return {
    entry: tile !== null && (tile.entry(page - tile.base) & SOFT) !== 0,
    vma: vma !== null && isFresh(vma),
  };
}

/** Sets `state` to what it was before the event. */
function unmark(state: Marked, event: MachineEvent, page: number): void {
  const soft = (flags: number): boolean => (flags & SOFT) !== 0;
  switch (event.type) {
    case 'vmas':
      state.vma = event.before.some((vma) => page >= vma.start && page < vma.end && isFresh(vma));
      return;
    case 'entry':
      state.entry = soft(event.before.flags);
      return;
    case 'entries':
      state.entry = soft(entryOf(event.before, page - event.page));
      return;
    case 'pmd':
      state.entry = soft(pmdEntryOf(event.before, page - event.page));
      return;
    default:
      return;
  }
}

const isFresh = ({ flags }: Vma): boolean => (flags & VM_SOFTDIRTY) !== 0;

function callAt(player: StepPlayer): number {
  const { calls, position } = player;
  return calls.findLastIndex(({ first }) => first < position);
}

function forkLink(number: number, call: string, parent: number): ChainLink {
  const effect = 'the entry and VM_SOFTDIRTY were copied with their bits';
  return { number, call, cause: `fork() of process ${parent}`, effect, bit: 'same' };
}

/** Null if what the event changed does not concern the page's state. @param call in which it happened */
export function linkOf(event: MachineEvent, page: number, number: number, call: string): ChainLink | null {
  const common = { number, call };
  switch (event.type) {
    case 'vmas':
      return vmaLink(event.before, event.after, event.change, page, common);
    case 'entry':
      return entryLink(event.before.flags, event.after.flags, '', common);
    case 'entries': {
      const index = page - event.page;
      return entryLink(
        entryOf(event.before, index),
        entryOf(event.after, index),
        CHANGES[event.change] ?? '',
        common,
      );
    }
    case 'pmd': {
      const index = page - event.page;
      const what = PMD_CHANGES[event.change] ?? '';
      return entryLink(pmdEntryOf(event.before, index), pmdEntryOf(event.after, index), what, common);
    }
    case 'table-moved':
      return {
        ...common,
        cause: 'mremap() moved the whole table',
        effect: `its entries came from ${formatPage(event.before + ((page - event.after) % PAGES_PER_TILE))}`,
        bit: 'same',
      };
    default:
      return null;
  }
}

const CHANGES: Readonly<Record<string, string>> = {
  move: 'mremap() moved the entry',
  fork: 'fork() shared the page',
  zap: 'the page was given back',
  reclaim: 'the page was reclaimed',
  clear: 'the bits were cleared',
  protect: 'the rights changed',
};

const PMD_CHANGES: Readonly<Record<string, string>> = {
  'huge-mapped': 'a huge page was mapped: one bit for 512 pages',
  'huge-split': 'the huge page was split: its bit went to all 512 entries',
  'huge-moved': 'mremap() moved the huge page',
  'huge-zapped': 'the huge page was given back',
  collapsed: 'khugepaged made a huge page of it: all 512 pages count',
  'huge-changed': 'the entry of its huge page changed',
  'table-freed': 'its page table was freed',
};

type Common = Pick<ChainLink, 'number' | 'call'>;

function entryLink(before: number, after: number, what: string, common: Common): ChainLink | null {
  const gained = flagNames(after & ~before);
  const lost = flagNames(before & ~after);
  if (gained.length + lost.length === 0) return null;
  const parts = [...gained.map((name) => `+${name}`), ...lost.map((name) => `−${name}`)];
  const [old, now] = [(before & SOFT) !== 0, (after & SOFT) !== 0];
  return {
    ...common,
    cause: what === '' ? 'Its entry changed' : what.charAt(0).toUpperCase() + what.slice(1),
    effect: parts.join(' '),
    bit: old === now ? 'same' : now ? 'set' : 'cleared',
  };
}

function vmaLink(
  before: readonly Vma[],
  after: readonly Vma[],
  change: string,
  page: number,
  common: Common,
): ChainLink | null {
  const holds = ({ start, end }: Vma): boolean => page >= start && page < end;
  const [old, now] = [before.find(holds), after.find(holds)];
  const fresh = (vma: Vma | undefined): boolean => vma !== undefined && isFresh(vma);
  if (fresh(old) === fresh(now) && (old === undefined) === (now === undefined)) return null;
  const cause =
    now === undefined
      ? 'Its VMA was unmapped'
      : change === 'merge'
        ? 'Its VMA was merged with another'
        : old === undefined
          ? 'Its VMA is new'
          : 'Its VMA changed';
  const bit = fresh(now) === fresh(old) ? 'same' : fresh(now) ? 'set' : 'cleared';
  return { ...common, cause, effect: bit === 'same' ? '' : `${bit === 'set' ? '+' : '−'}VM_SOFTDIRTY`, bit };
}
